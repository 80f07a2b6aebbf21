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

    # The topic's ARN holds the account. "IfExists", as AWS documents the ARN alone for SNS, and
    # without the right every bounce would be lost without a word.
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

    # A Deny for everybody, whatever they do: here the wildcards close, and open nothing.
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

  # One of the two.
  kms_master_key_id       = one(var.context.encryption[*].kms_key_arn)
  sqs_managed_sse_enabled = var.context.encryption == null ? true : null

  # Six times the function's time-out, so that a throttled batch does not come a second time:
  # https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
  visibility_timeout_seconds = 6 * local.function_timeout_seconds

  # As long as the function is out of order. Half of what the queue for dead letters keeps, which counts
  # from when a message came here:
  # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/setting-up-dead-letter-queue-retention.html
  message_retention_seconds = 604800

  redrive_policy = jsonencode({
    deadLetterTargetArn = module.failures.arn
    maxReceiveCount     = 5
  })
}

# Messages that the function has failed on five times, and those that the queue above refused.
module "failures" {
  source  = "../failure_queue"
  context = var.context

  name      = "${var.context.prefix}-record-mail-feedback-failures"
  topic_arn = local.topic_arn
}

# Whose dead letters they are: `make redrive` sends them back there.
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

  # SES's event alone, without the topic's envelope.
  raw_message_delivery = true

  # A topic keeps nothing: what the queue refuses would be gone.
  redrive_policy = jsonencode({ deadLetterTargetArn = module.failures.arn })
}
