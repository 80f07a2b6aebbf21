data "aws_iam_policy_document" "get_user_activation_status" {
  statement {
    sid       = "ReadUser"
    actions   = ["dynamodb:GetItem"]
    resources = [aws_dynamodb_table.this.arn]
  }
}

module "get_user_activation_status" {
  source  = "../lambda_function"
  context = var.context

  name             = "get_user_activation_status"
  function_name    = "${var.context.prefix}-GetUserActivationStatus"
  description      = "Returns a user's activation status"
  package          = var.packages.function_packages["get_user_activation_status"]
  artifacts_bucket = var.packages.bucket
  policy_json      = data.aws_iam_policy_document.get_user_activation_status.json
  timeout          = 10 # below the task's TimeoutSeconds

  environment = {
    USER_TABLE_NAME = aws_dynamodb_table.this.name
  }

  reads_encrypted = ["dynamodb"]
}

locals {
  send_mail_timeout_seconds = 30 # below the task's TimeoutSeconds
  # Above the timeout: a claim must not expire while its holder may still send.
  mail_claim_seconds = 2 * local.send_mail_timeout_seconds

  # At most concurrent_sends functions run at once, and each waits a second after SES's response. This limits mails
  # to that many a second (docs/adr/0021-rate-of-mails.md).
  concurrent_sends      = var.mail.rate_per_second
  seconds_for_each_mail = 1
}

data "aws_iam_policy_document" "send_user_activation_mail" {
  statement {
    sid       = "ClaimAndMarkUser"
    actions   = ["dynamodb:GetItem", "dynamodb:UpdateItem"]
    resources = [aws_dynamodb_table.this.arn]
  }

  statement {
    sid       = "SendFromOwnAddress"
    actions   = ["ses:SendEmail"]
    resources = local.ses_arns

    condition {
      test     = "StringEquals"
      variable = "ses:FromAddress"
      values   = [var.from_address]
    }
  }
}

module "send_user_activation_mail" {
  source  = "../lambda_function"
  context = var.context

  name             = "send_user_activation_mail"
  function_name    = "${var.context.prefix}-SendUserActivationMail"
  description      = "Sends a user's activation mail and marks the user MAIL_SENT"
  package          = var.packages.function_packages["send_user_activation_mail"]
  artifacts_bucket = var.packages.bucket
  policy_json      = data.aws_iam_policy_document.send_user_activation_mail.json
  timeout          = local.send_mail_timeout_seconds

  reserved_concurrent_executions = local.concurrent_sends

  environment = merge(
    {
      USER_TABLE_NAME    = aws_dynamodb_table.this.name
      FROM_ADDRESS       = var.from_address
      PRODUCT_NAME       = var.product_name
      MAIL_LANGUAGE      = var.mail.language
      MAIL_CLAIM_SECONDS = tostring(local.mail_claim_seconds)
    },
    length(var.mail.texts) > 0 ? { MAIL_TEXTS = jsonencode(var.mail.texts) } : {},
    var.mail.rate_per_second != null ? { SECONDS_FOR_EACH_MAIL = tostring(local.seconds_for_each_mail) } : {},
    var.mail.create_configuration_set ? { SES_CONFIGURATION_SET_NAME = one(aws_sesv2_configuration_set.this[*].configuration_set_name) } : {},
  )

  reads_encrypted = ["dynamodb"]
}
