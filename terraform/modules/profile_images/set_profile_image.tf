data "aws_iam_policy_document" "set_profile_image" {
  statement {
    sid = "ReadMetadataOfOriginals"
    # HeadObject of a version: with versioning, every event names one.
    actions   = ["s3:GetObjectVersion"]
    resources = ["${module.bucket.bucket_arn}/${local.original_prefix}*"]
  }

  statement {
    sid = "TellMissingFromForbidden"
    # Without it S3 answers 403, not 404, for a missing object. HeadObject sends no prefix for a condition.
    actions   = ["s3:ListBucket"]
    resources = [module.bucket.bucket_arn]
  }

  statement {
    sid = "HideSupersededOriginals"
    # A deletion conditional on an ETag also needs GetObject:
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-deletes.html
    actions   = ["s3:DeleteObject", "s3:GetObject"]
    resources = ["${module.bucket.bucket_arn}/${local.original_prefix}*"]
  }

  statement {
    sid = "DeleteRefusedOriginals"
    # For good: one permission must not fill the bucket with versions.
    actions   = ["s3:DeleteObjectVersion"]
    resources = ["${module.bucket.bucket_arn}/${local.original_prefix}*"]
  }

  statement {
    sid       = "SetImage"
    actions   = ["dynamodb:UpdateItem"]
    resources = [aws_dynamodb_table.this.arn]
  }

  statement {
    sid       = "SendFailures"
    actions   = ["sqs:SendMessage"]
    resources = [module.set_profile_image_failures.arn]
  }
}

module "set_profile_image" {
  source  = "../lambda_function"
  context = var.context

  name             = "set_profile_image"
  function_name    = "${var.context.prefix}-SetProfileImage"
  description      = "Writes the key of an upload to its profile"
  package          = var.packages.function_packages["set_profile_image"]
  artifacts_bucket = var.packages.bucket
  policy_json      = data.aws_iam_policy_document.set_profile_image.json
  timeout          = 30

  environment = {
    USER_PROFILE_TABLE_NAME = aws_dynamodb_table.this.name
  }

  reads_encrypted  = ["dynamodb", "s3", "sqs"]
  writes_encrypted = ["sqs"]
}

# S3 invokes the function asynchronously: Lambda queues and retries the event, then sends it to the failure
# queue.
resource "aws_lambda_function_event_invoke_config" "this" {
  function_name                = module.set_profile_image.function_name
  maximum_retry_attempts       = 2
  maximum_event_age_in_seconds = 21600

  destination_config {
    on_failure {
      destination = module.set_profile_image_failures.arn
    }
  }
}

module "set_profile_image_failures" {
  source  = "../failure_queue"
  context = var.context

  name = "${var.context.prefix}-set-profile-image-failures"
}
