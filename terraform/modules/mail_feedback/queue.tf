locals {
  function_timeout_seconds = 30
}

data "aws_iam_policy_document" "queue" {
  statement {
    sid       = "LetTopicSend"
    actions   = ["sqs:SendMessage"]
    resources = [local.queue_arn]

    principals {
      type        = "Service"
      identifiers = ["sns.amazonaws.com"]
    }

    # "IfExists": for SNS, AWS documents only aws:SourceArn, which contains the account. Without this
    # permission every bounce would be lost silently.
    condition {
      test     = "StringEqualsIfExists"
      variable = "aws:SourceAccount"
      values   = [var.context.account_id]
    }

    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [local.topic_arn]
    }
  }

  statement {
    sid       = "DenyRequestsWithoutTls"
    effect    = "Deny"
    actions   = ["sqs:*"]
    resources = [local.queue_arn]

    # Wildcards in a Deny grant nothing.
    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}

resource "aws_sqs_queue" "this" {
  name   = local.name
  policy = data.aws_iam_policy_document.queue.json

  # SQS accepts only one of the two.
  kms_master_key_id       = one(var.context.encryption[*].kms_key_arn)
  sqs_managed_sse_enabled = var.context.encryption == null ? true : null

  # Six times the function's timeout, so that a throttled batch is not delivered twice:
  # https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
  visibility_timeout_seconds = 6 * local.function_timeout_seconds

  # 7 days, in case the function is broken. Half the retention of the dead-letter queue, which counts from
  # a message's arrival here:
  # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/setting-up-dead-letter-queue-retention.html
  message_retention_seconds = 604800

  redrive_policy = jsonencode({
    deadLetterTargetArn = module.failures.arn
    maxReceiveCount     = 5
  })
}

# Messages that failed five times, and those that the queue above refused.
module "failures" {
  source  = "../failure_queue"
  context = var.context

  name      = "${var.context.prefix}-record-mail-feedback-failures"
  topic_arn = local.topic_arn
}

# The source of the dead letters, to which `make redrive` sends them back.
resource "aws_sqs_queue_redrive_allow_policy" "this" {
  queue_url = module.failures.url

  redrive_allow_policy = jsonencode({
    redrivePermission = "byQueue"
    sourceQueueArns   = [local.queue_arn]
  })
}

resource "aws_sns_topic_subscription" "this" {
  topic_arn = aws_sns_topic.this.arn
  protocol  = "sqs"
  endpoint  = aws_sqs_queue.this.arn

  # Deliver only the SES event, without the SNS envelope.
  raw_message_delivery = true

  # A topic stores nothing: a message that the queue refuses would be lost.
  redrive_policy = jsonencode({ deadLetterTargetArn = module.failures.arn })
}
