locals {
  # Built from its parts, so that one call creates the queue with its policy.
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

      # "IfExists": for SNS, AWS documents only aws:SourceArn, which contains the account.
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
  name   = var.name
  policy = data.aws_iam_policy_document.this.json

  # SQS accepts only one of the two.
  kms_master_key_id       = one(var.context.encryption[*].kms_key_arn)
  sqs_managed_sse_enabled = var.context.encryption == null ? true : null

  # 14 days, the maximum of SQS: these messages wait for an operator.
  message_retention_seconds = 1209600
}
