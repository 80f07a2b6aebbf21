locals {
  topic_name = "${var.context.prefix}-alarms"
  # Known before the topic exists, so that topic and policy are made by one call.
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

    # Only this deployment's alarms, so that CloudWatch can't be made to publish for another account's.
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
    actions   = ["sns:Publish"] # a topic's policy takes no sns:*
    resources = [local.topic_arn]

    # A Deny for everybody, whatever they do: here the wildcard closes, and opens nothing.
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

  # Without a key of one's own none at all, rather than the AWS managed key aws/sns: its policy can't be
  # changed and does not let CloudWatch use it, so no alarm would arrive:
  # https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
  # What is sent are names of alarms and numbers, and of no user anything.
  kms_master_key_id = one(var.context.encryption[*].kms_key_arn)
}

resource "aws_sns_topic_subscription" "mail" {
  for_each = var.addresses

  topic_arn = aws_sns_topic.this.arn
  protocol  = "email"
  endpoint  = each.value
}
