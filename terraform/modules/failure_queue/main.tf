locals {
  # Known before the queue exists, so that queue and policy are made by one call.
  arn = "arn:${var.context.partition}:sqs:${var.context.region}:${var.context.account_id}:${var.name}"
}

data "aws_iam_policy_document" "this" {
  dynamic "statement" {
    for_each = var.topic_arn[*]

    content {
      sid       = "LetTopicSend"
      actions   = ["sqs:SendMessage"]
      resources = [local.arn]

      principals {
        type        = "Service"
        identifiers = ["sns.amazonaws.com"]
      }

      # The topic's ARN holds the account. "IfExists", as AWS documents the ARN alone for SNS.
      condition {
        test     = "StringEqualsIfExists"
        variable = "aws:SourceAccount"
        values   = [var.context.account_id]
      }

      condition {
        test     = "ArnEquals"
        variable = "aws:SourceArn"
        values   = [statement.value]
      }
    }
  }

  statement {
    sid       = "DenyRequestsWithoutTls"
    effect    = "Deny"
    actions   = ["sqs:*"]
    resources = [local.arn]

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
  name   = var.name
  policy = data.aws_iam_policy_document.this.json

  # One of the two.
  kms_master_key_id       = one(var.context.encryption[*].kms_key_arn)
  sqs_managed_sse_enabled = var.context.encryption == null ? true : null

  # The longest that SQS knows, 14 days: what lies here waits for a person.
  message_retention_seconds = 1209600
}
