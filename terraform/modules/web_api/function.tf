locals {
  # Folders of the page's uploads and of their thumbnails, with a folder for each profile below. Only the
  # function's code separates the profiles, as its one role serves all users.
  upload_prefix = "original/users/"
  users_thumbnails = [
    for size in var.thumbnail_sizes :
    "${var.profile_images_bucket_arn}/${size == 150 ? "thumbnails" : "thumbnails-${size}"}/users/*"
  ]

  heic_environment = var.takes_heic ? { TAKES_HEIC = "true" } : {}

  # An environment variable can't be null; without it users do not expire.
  expiration_environment = var.unactivated_user_expiration_days == null ? {} : {
    UNACTIVATED_USER_EXPIRATION_DAYS = tostring(var.unactivated_user_expiration_days)
  }
  reserved_environment = length(var.settings.reserved_usernames) == 0 ? {} : {
    RESERVED_USERNAMES = join(" ", var.settings.reserved_usernames)
  }
  # Without it the function signs links.
  delivery_environment = var.thumbnail_origin == null ? {} : {
    THUMBNAIL_ORIGIN = var.thumbnail_origin
  }

  # Attributes that the function's code reads of a user. Not activationToken, which activates an account without
  # access to the mailbox: the function compares its hash.
  readable_user_attributes = [
    "username", # DynamoDB requires the key
    "name",
    "passwordHash",
    "activationStatus",
    "activationTokenHash",
    "activationTokenCreatedAt",
    "userProfileId",
    "sessionGeneration",
    "disabledAt",
    # For the owner of a mailbox who refuses an account: whether it was made here.
    "keepOnlyTokenHash",
    # For that and for a resend: whose mailbox it is for. For the latter: whether one is due.
    "email",
    "registeredAt",
    "expiresAt",
    "activationMailRequest",
    "activationMailRequestedAt",
  ]
}

data "aws_iam_policy_document" "web_api" {
  # dynamodb:Attributes holds the attributes of the request's projection. Without a projection it is empty, and
  # ForAllValues permits that. So Select, which "always has a value" for a read, requires a projection:
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

  # A write must not return old values, as that would be a read. "IfExists": writes of a transaction, which need
  # these same actions, have no ReturnValues:
  # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
  # IAM can't restrict ReturnValuesOnConditionCheckFailure, nor an update that copies one attribute to another.
  # Therefore the token is kept only until the mail is sent (keepOnlyTokenHash).
  # DeleteItem: the owner of a mailbox refuses an account that somebody else has made with its address.
  statement {
    sid       = "WriteUser"
    actions   = ["dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:UpdateItem"]
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
    sid       = "CloseUploads"
    actions   = ["dynamodb:UpdateItem"]
    resources = [var.user_profile_table_arn]

    condition {
      test     = "ForAllValues:StringEquals"
      variable = "dynamodb:Attributes"
      values   = ["id", "uploadsClosedAt"]
    }
  }

  statement {
    sid       = "CountAttemptsAndEndSessions"
    actions   = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"]
    resources = [aws_dynamodb_table.this.arn]
  }

  # S3 checks a presigned request with the function's permissions. Only requests with a signed URL, which has the
  # length and type, and only with If-None-Match, so that nothing is overwritten:
  # https://docs.aws.amazon.com/AmazonS3/latest/API/bucket-policy-s3-sigv4-conditions.html (s3:authType)
  # https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html (s3:if-none-match)
  statement {
    sid       = "LetUsersUpload"
    actions   = ["s3:PutObject"]
    resources = ["${var.profile_images_bucket_arn}/${local.upload_prefix}*"]

    condition {
      test     = "StringEquals"
      variable = "s3:authType"
      values   = ["REST-QUERY-STRING"]
    }

    condition {
      test     = "Null"
      variable = "s3:if-none-match"
      values   = ["false"]
    }
  }

  # With public addresses there are no links to sign.
  dynamic "statement" {
    for_each = var.thumbnail_origin == null ? [true] : []

    content {
      sid       = "LetUsersSeeThumbnails"
      actions   = ["s3:GetObject"]
      resources = local.users_thumbnails

      condition {
        test     = "StringEquals"
        variable = "s3:authType"
        values   = ["REST-QUERY-STRING"]
      }
    }
  }

  statement {
    sid       = "SendActivationMailAgain"
    actions   = ["states:StartExecution"]
    resources = [var.state_machine_arn]
  }

  statement {
    # Includes every version, as IAM has no resource for a version. No kms:Decrypt: the AWS managed key aws/ssm
    # permits every role of the account to decrypt through SSM.
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
  # For the CPU that comes with the memory: argon2 hashes passwords slowly by design.
  memory_size = 1024
  timeout     = 15 # well below API Gateway's 30 seconds

  environment = merge({
    USER_TABLE_NAME            = var.user_table_name
    USER_PROFILE_TABLE_NAME    = var.user_profile_table_name
    WEB_STATE_TABLE_NAME       = aws_dynamodb_table.this.name
    PROFILE_IMAGES_BUCKET_NAME = var.profile_images_bucket_name
    THUMBNAIL_SIZES            = join(",", var.thumbnail_sizes)
    STATE_MACHINE_ARN          = var.state_machine_arn
    PUBLIC_ORIGINS             = join(" ", local.public_origins)
    UPLOAD_ORIGIN              = var.upload_origin
    SESSION_KEY_PARAMETER      = aws_ssm_parameter.session_key.name
    SESSION_HOURS              = tostring(var.sessions.hours)
    SESSION_IDLE_HOURS         = tostring(var.sessions.idle_hours)
    ACTIVATION_LINK_HOURS      = tostring(var.settings.activation_link_hours)
    MAX_UPLOAD_BYTES           = tostring(var.settings.max_upload_bytes)
    UPLOADS_PER_DAY            = tostring(var.uploads.per_day)
    RESEND_COOL_DOWN_SECONDS   = tostring(var.settings.resend_cool_down_seconds)
    RESEND_LIMIT               = tostring(var.settings.resend_limit)
    SIGN_UPS_PER_HOUR          = tostring(var.settings.sign_ups_per_hour)
    PRODUCT_NAME               = var.product_name
    PAGE_LANGUAGE              = var.settings.language
  }, local.expiration_environment, local.reserved_environment, local.delivery_environment, local.heic_environment)

  reads_encrypted  = ["dynamodb", "s3", "ssm"]
  writes_encrypted = ["s3"]
}
