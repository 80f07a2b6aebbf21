locals {
  # What the function writes on a user, as its code has it.
  feedback_attributes = [
    "mailFeedback",
    "mailFeedbackEmail",
    "mailFeedbackReason",
    "mailFeedbackAt",
  ]
}

data "aws_iam_policy_document" "record_mail_feedback" {
  # dynamodb:Attributes is what the request names; that it names any is what Select says:
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

  # An update names what it sets and what it compares: the address is compared.
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
  description      = "Records on a user that the address bounced or that its owner complained"
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
  # A message that fails must not bring back the others of its batch.
  function_response_types = ["ReportBatchItemFailures"]

  # The least that Lambda takes: nobody waits for this, and the account's concurrency is for mails.
  scaling_config {
    maximum_concurrency = 2
  }
}
