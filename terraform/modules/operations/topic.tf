locals {
  topic_name = "${var.context.prefix}-alarms"
  # Built from its parts, so that one call creates the topic with its policy.
  topic_arn = "arn:${var.context.partition}:sns:${var.context.region}:${var.context.account_id}:${local.topic_name}"
}

data "aws_iam_policy_document" "topic" {
  statement {
    sid       = "LetAlarmsPublish"
    actions   = ["sns:Publish"]
    resources = [local.topic_arn]

    principals {
      type        = "Service"
      identifiers = ["cloudwatch.amazonaws.com"]
    }

    # Only this deployment's alarms: CloudWatch must not publish here for another account.
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.context.account_id]
    }

    condition {
      test     = "ArnLike"
      variable = "aws:SourceArn"
      values   = ["arn:${var.context.partition}:cloudwatch:${var.context.region}:${var.context.account_id}:alarm:${var.context.prefix}-*"]
    }
  }

  statement {
    sid       = "DenyRequestsWithoutTls"
    effect    = "Deny"
    actions   = ["sns:Publish"] # a topic's policy does not accept sns:*
    resources = [local.topic_arn]

    # The wildcard in a Deny grants nothing.
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

resource "aws_sns_topic" "this" {
  name   = local.topic_name
  policy = data.aws_iam_policy_document.topic.json

  # Without your own key the topic has no KMS encryption: the fixed policy of the AWS managed key aws/sns does
  # not let CloudWatch use it, so no alarm would arrive:
  # https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
  # Messages contain names of alarms and numbers, but no personal data.
  kms_master_key_id = one(var.context.encryption[*].kms_key_arn)
}

resource "aws_sns_topic_subscription" "mail" {
  for_each = var.addresses

  topic_arn = aws_sns_topic.this.arn
  protocol  = "email"
  endpoint  = each.value
}
