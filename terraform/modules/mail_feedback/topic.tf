data "aws_iam_policy_document" "topic" {
  statement {
    sid       = "LetSesPublish"
    actions   = ["sns:Publish"]
    resources = [local.topic_arn]

    principals {
      type        = "Service"
      identifiers = ["ses.amazonaws.com"]
    }

    # SES serves everybody: only what it says of our own mails comes in.
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.context.account_id]
    }

    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [var.configuration_set_arn]
    }
  }

  statement {
    sid       = "DenyPublishWithoutTls"
    effect    = "Deny"
    actions   = ["sns:Publish"]
    resources = [local.topic_arn]

    # A Deny for everybody: here the wildcard closes, and opens nothing.
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

# SES writes to a topic, and to no queue. Without a key of one's own not encrypted by KMS: SES can't use the
# AWS managed key aws/sns, whose policy is fixed, and what is published waits in the queue, which is encrypted.
resource "aws_sns_topic" "this" {
  name   = local.name
  policy = data.aws_iam_policy_document.topic.json

  kms_master_key_id = one(var.context.encryption[*].kms_key_arn)
}

resource "aws_sesv2_configuration_set_event_destination" "this" {
  configuration_set_name = var.configuration_set_name
  event_destination_name = "mail-feedback"

  event_destination {
    enabled = true

    # What ends a mail without its having arrived, or as unwanted. Not DELIVERY_DELAY: a mail that is
    # late arrives or bounces in the end.
    matching_event_types = ["BOUNCE", "COMPLAINT", "REJECT"]

    sns_destination {
      topic_arn = aws_sns_topic.this.arn
    }
  }

  # Its first message, which says that the topic was validated, shall arrive.
  depends_on = [aws_sns_topic_subscription.this]
}
