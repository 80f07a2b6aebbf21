locals {
  # Attributes that the function's code writes to a user.
  feedback_attributes = [
    "mailFeedback",
    "mailFeedbackEmail",
    "mailFeedbackReason",
    "mailFeedbackAt",
  ]
}

data "aws_iam_policy_document" "record_mail_feedback" {
  # dynamodb:Attributes holds the attributes that the request names; Select ensures that it names some:
  # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
  statement {
    sid       = "ReadAddress"
    actions   = ["dynamodb:GetItem"]
    resources = [var.user_table_arn]

    condition {
      test     = "ForAllValues:StringEquals"
      variable = "dynamodb:Attributes"
      values   = ["username", "email"]
    }

    condition {
      test     = "StringEquals"
      variable = "dynamodb:Select"
      values   = ["SPECIFIC_ATTRIBUTES"]
    }
  }

  # The update names "email" too, as its condition compares the address.
  statement {
    sid       = "RecordFeedback"
    actions   = ["dynamodb:UpdateItem"]
    resources = [var.user_table_arn]

    condition {
      test     = "ForAllValues:StringEquals"
      variable = "dynamodb:Attributes"
      values   = concat(["username", "email"], local.feedback_attributes)
    }

    condition {
      test     = "StringEqualsIfExists"
      variable = "dynamodb:ReturnValues"
      values   = ["NONE"]
    }
  }

  statement {
    sid       = "TakeMessages"
    actions   = ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"]
    resources = [aws_sqs_queue.this.arn]
  }
}

module "record_mail_feedback" {
  source  = "../lambda_function"
  context = var.context

  name             = "record_mail_feedback"
  function_name    = "${var.context.prefix}-RecordMailFeedback"
  description      = "Records bounces and complaints on the user"
  package          = var.packages.function_packages["record_mail_feedback"]
  artifacts_bucket = var.packages.bucket
  policy_json      = data.aws_iam_policy_document.record_mail_feedback.json
  timeout          = local.function_timeout_seconds

  environment = {
    USER_TABLE_NAME = var.user_table_name
  }

  reads_encrypted = ["dynamodb", "sqs"]
}

resource "aws_lambda_event_source_mapping" "this" {
  event_source_arn = aws_sqs_queue.this.arn
  function_name    = module.record_mail_feedback.arn

  batch_size = 10
  # Retry only the failed messages of a batch.
  function_response_types = ["ReportBatchItemFailures"]

  # Lambda's minimum. Feedback can wait; the account's concurrency is for sending mails.
  scaling_config {
    maximum_concurrency = 2
  }
}
