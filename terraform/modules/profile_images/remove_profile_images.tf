data "aws_iam_policy_document" "remove_profile_images" {
  statement {
    sid = "ReadMetadata"
    # HeadObject needs GetObject, and so does a deletion conditional on an ETag.
    actions   = ["s3:GetObject"]
    resources = local.known_pictures
  }

  statement {
    sid = "TellMissingFromForbidden"
    # Without it S3 answers 403, not 404, for a missing object. HeadObject sends no prefix for a condition.
    actions   = ["s3:ListBucket"]
    resources = [module.bucket.bucket_arn]
  }

  statement {
    sid = "HideOriginals"
    # Adds a delete marker; only DeleteObjectVersion would delete permanently.
    actions   = ["s3:DeleteObject"]
    resources = ["${module.bucket.bucket_arn}/${local.original_prefix}*"]
  }

  statement {
    sid       = "DeleteThumbnails"
    actions   = ["s3:DeleteObjectVersion"]
    resources = local.known_thumbnails
  }

  statement {
    sid       = "ReadProfile"
    actions   = ["dynamodb:GetItem"]
    resources = [aws_dynamodb_table.this.arn]
  }

  dynamic "statement" {
    for_each = local.invalidations

    content {
      sid       = "InvalidateThumbnails"
      actions   = ["cloudfront:CreateInvalidation"]
      resources = [statement.value.distribution_arn]
    }
  }
}

module "remove_profile_images" {
  source  = "../lambda_function"
  context = var.context

  name             = "remove_profile_images"
  function_name    = "${var.context.prefix}-RemoveProfileImages"
  description      = "Removes the original and the thumbnails that a profile no longer uses"
  package          = var.packages.function_packages["remove_profile_images"]
  artifacts_bucket = var.packages.bucket
  policy_json      = data.aws_iam_policy_document.remove_profile_images.json
  timeout          = 60

  environment = merge(
    {
      USER_PROFILE_TABLE_NAME    = aws_dynamodb_table.this.name
      PROFILE_IMAGES_BUCKET_NAME = module.bucket.bucket_name
    },
    local.thumbnail_sizes_environment,
    local.delivery_environment,
  )

  reads_encrypted = ["dynamodb", "s3"]
}

# The second reader of the stream. A third would cause throttling:
# https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
module "replaced_images_stream" {
  source  = "../dynamodb_stream_trigger"
  context = var.context

  stream_arn         = aws_dynamodb_table.this.stream_arn
  function_arn       = module.remove_profile_images.arn
  role_name          = module.remove_profile_images.role_name
  failure_queue_name = "${var.context.prefix}-remove-profile-images-failures"
  event_names        = ["MODIFY", "REMOVE"]
  stream             = var.stream
}
