locals {
  # Where the page's users may upload, and what is made from it. Below them each profile has a folder
  # of its own; which one is whose only the function knows, as it has one role for everybody.
  upload_prefix    = "original/users/"
  thumbnail_prefix = "thumbnails/users/"

  # A variable can't be null: without it users don't expire.
  expiration_environment = var.unactivated_user_expiration_days == null ? {} : {
    UNACTIVATED_USER_EXPIRATION_DAYS = tostring(var.unactivated_user_expiration_days)
  }

  # What the function reads of a user, as its code has it. Not activationToken: whoever reads it can
  # activate the account without the mailbox. The function compares the hash.
  readable_user_attributes = [
    "username", # the key: without it DynamoDB could not use it
    "name",
    "passwordHash",
    "activationStatus",
    "activationTokenHash",
    "activationTokenCreatedAt",
    "userProfileId",
    "activationMailRequest",
  ]
}

data "aws_iam_policy_document" "web_api" {
  # dynamodb:Attributes is what the request's projection names. Without a projection there are no names
  # to compare, and ForAllValues lets that pass: so the projection must be there, which is what Select
  # says of a read ("always has a value"):
  # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
  statement {
    sid       = "ReadUserWithoutToken"
    actions   = ["dynamodb:GetItem"]
    resources = [var.user_table_arn]

    condition {
      test     = "ForAllValues:StringEquals"
      variable = "dynamodb:Attributes"
      values   = local.readable_user_attributes
    }

    condition {
      test     = "StringEquals"
      variable = "dynamodb:Select"
      values   = ["SPECIFIC_ATTRIBUTES"]
    }
  }

  # A write that returns what it wrote over would be a read. "IfExists", as the parts of a transaction
  # have no ReturnValues; they are allowed by these same actions:
  # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
  # Beyond what IAM knows is ReturnValuesOnConditionCheckFailure, and an update that copies one attribute
  # to another. Against both there is only this: the token itself is kept no longer than it takes to
  # send the mail (keepOnlyTokenHash).
  statement {
    sid       = "WriteUser"
    actions   = ["dynamodb:PutItem", "dynamodb:UpdateItem"]
    resources = [var.user_table_arn]

    condition {
      test     = "StringEqualsIfExists"
      variable = "dynamodb:ReturnValues"
      values   = ["NONE"]
    }
  }

  statement {
    sid       = "CreateAndReadProfile"
    actions   = ["dynamodb:GetItem", "dynamodb:PutItem"]
    resources = [var.user_profile_table_arn]
  }

  statement {
    sid       = "CountSignInsAndEndSessions"
    actions   = ["dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"]
    resources = [aws_dynamodb_table.this.arn]
  }

  # What the function signs for a browser is checked as if it came itself. By form only: its policy
  # fixes length and type, a signed PUT could not. s3:authType:
  # https://docs.aws.amazon.com/AmazonS3/latest/API/bucket-policy-s3-sigv4-conditions.html
  statement {
    sid       = "LetUsersUpload"
    actions   = ["s3:PutObject"]
    resources = ["${var.profile_images_bucket_arn}/${local.upload_prefix}*"]

    condition {
      test     = "StringEquals"
      variable = "s3:authType"
      values   = ["POST"]
    }
  }

  statement {
    sid       = "LetUsersSeeThumbnails"
    actions   = ["s3:GetObject"]
    resources = ["${var.profile_images_bucket_arn}/${local.thumbnail_prefix}*"]

    condition {
      test     = "StringEquals"
      variable = "s3:authType"
      values   = ["REST-QUERY-STRING"]
    }
  }

  statement {
    sid       = "SendActivationMailAgain"
    actions   = ["states:StartExecution"]
    resources = [var.state_machine_arn]
  }

  statement {
    # Of every version: a version is asked for by the parameter's name, and IAM knows no finer resource
    # than the parameter. Decryption by the AWS managed key aws/ssm needs no right of its own: it lets every
    # role of the account decrypt by way of SSM.
    sid       = "ReadSessionKey"
    actions   = ["ssm:GetParameter"]
    resources = [aws_ssm_parameter.session_key.arn]
  }
}

module "web_api" {
  source  = "../lambda_function"
  context = var.context

  name             = "web_api"
  function_name    = "${var.context.prefix}-WebApi"
  description      = "Serves the page and its API: sign-up, activation, sign-in, picture upload"
  package          = var.packages.function_packages["web_api"]
  artifacts_bucket = var.packages.bucket
  policy_json      = data.aws_iam_policy_document.web_api.json
  # For the CPU that comes with it: a password is hashed by argon2, which is made to be slow.
  memory_size = 1024
  timeout     = 15 # well below the 30 seconds that API Gateway waits

  environment = merge({
    USER_TABLE_NAME            = var.user_table_name
    USER_PROFILE_TABLE_NAME    = var.user_profile_table_name
    WEB_STATE_TABLE_NAME       = aws_dynamodb_table.this.name
    PROFILE_IMAGES_BUCKET_NAME = var.profile_images_bucket_name
    STATE_MACHINE_ARN          = var.state_machine_arn
    PUBLIC_ORIGINS             = join(" ", local.public_origins)
    UPLOAD_ORIGIN              = var.upload_origin
    SESSION_KEY_PARAMETER      = aws_ssm_parameter.session_key.name
    SESSION_HOURS              = tostring(var.sessions.hours)
    ACTIVATION_LINK_HOURS      = tostring(var.settings.activation_link_hours)
    MAX_UPLOAD_BYTES           = tostring(var.settings.max_upload_bytes)
    RESEND_COOL_DOWN_SECONDS   = tostring(var.settings.resend_cool_down_seconds)
    RESEND_LIMIT               = tostring(var.settings.resend_limit)
    PRODUCT_NAME               = var.product_name
    PAGE_LANGUAGE              = var.settings.language
  }, local.expiration_environment)

  reads_encrypted  = ["dynamodb", "s3", "ssm"]
  writes_encrypted = ["s3"]
}
