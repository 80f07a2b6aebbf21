data "aws_iam_policy_document" "topic" {
  statement {
    sid       = "LetSesPublish"
    actions   = ["sns:Publish"]
    resources = [local.topic_arn]

    principals {
      type        = "Service"
      identifiers = ["ses.amazonaws.com"]
    }

    # SES serves all accounts; accept only events of this configuration set.
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

# SES publishes to topics, not to queues. Without your own key the topic has no KMS encryption: SES can't use
# the AWS managed key aws/sns, as its policy is fixed. Messages wait in the queue, which is encrypted.
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

    # Mails that did not arrive or were unwanted. Not DELIVERY_DELAY: a delayed mail still arrives or bounces.
    matching_event_types = ["BOUNCE", "COMPLAINT", "REJECT"]

    sns_destination {
      topic_arn = aws_sns_topic.this.arn
    }
  }

  # SES sends a validation message at once, which the subscription must receive.
  depends_on = [aws_sns_topic_subscription.this]
}
