module "pillow" {
  source = "../lambda_layer"

  name             = "pillow"
  layer_name       = "${var.context.prefix}-pillow"
  description      = "Pillow, the image library"
  package          = var.packages.layer_packages["pillow"]
  artifacts_bucket = var.packages.bucket
}

module "heic" {
  source = "../lambda_layer"
  count  = var.thumbnails.heic ? 1 : 0

  name             = "heic"
  layer_name       = "${var.context.prefix}-heic"
  description      = "libheif and libde265, the decoders of HEIC"
  package          = var.packages.layer_packages["heic"]
  artifacts_bucket = var.packages.bucket
}

data "aws_iam_policy_document" "create_thumbnail" {
  statement {
    sid       = "ReadOriginals"
    actions   = ["s3:GetObject"]
    resources = ["${module.bucket.bucket_arn}/${local.original_prefix}*"]
  }

  statement {
    sid = "TellMissingFromForbidden"
    # Without it S3 answers 403, not 404, for a missing object. GetObject sends no prefix for a condition.
    actions   = ["s3:ListBucket"]
    resources = [module.bucket.bucket_arn]
  }

  statement {
    sid       = "WriteThumbnails"
    actions   = ["s3:PutObject", "s3:PutObjectTagging"]
    resources = local.made_thumbnails
  }

  statement {
    sid = "DeleteSupersededThumbnails"
    # HeadObject, which GetObject permits, returns the current version.
    actions   = ["s3:DeleteObjectVersion", "s3:GetObject"]
    resources = local.known_thumbnails
  }

  statement {
    sid       = "RecordOutcome"
    actions   = ["dynamodb:GetItem", "dynamodb:UpdateItem"]
    resources = [aws_dynamodb_table.this.arn]
  }

  dynamic "statement" {
    for_each = aws_ssm_parameter.tinypng_api_key

    content {
      # No kms:Decrypt: the AWS managed key aws/ssm permits every role of the account to decrypt through SSM.
      sid       = "ReadTinyPngKey"
      actions   = ["ssm:GetParameter"]
      resources = [statement.value.arn]
    }
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

module "create_thumbnail" {
  source  = "../lambda_function"
  context = var.context

  name             = "create_thumbnail"
  function_name    = "${var.context.prefix}-CreateThumbnail"
  description      = "Makes the thumbnails of a new or changed profile image"
  package          = var.packages.function_packages["create_thumbnail"]
  artifacts_bucket = var.packages.bucket
  policy_json      = data.aws_iam_policy_document.create_thumbnail.json
  layers           = concat([module.pillow.arn], module.heic[*].arn)
  memory_size      = var.thumbnails.memory_size
  # TinyPNG takes two requests for a picture, each with retries.
  timeout = var.thumbnails.engine == "tinypng" ? 120 : 60

  environment = merge(
    {
      USER_PROFILE_TABLE_NAME    = aws_dynamodb_table.this.name
      PROFILE_IMAGES_BUCKET_NAME = module.bucket.bucket_name
      THUMBNAIL_ENGINE           = var.thumbnails.engine
      THUMBNAIL_FIT              = var.thumbnails.fit
      MAX_IMAGE_BYTES            = tostring(var.uploads.max_image_bytes)
      # Half of the memory, in bytes; the rest is for the upload and the runtime.
      MAX_DECODE_BYTES = tostring(var.thumbnails.memory_size * 1024 * 1024 / 2)
    },
    local.thumbnail_sizes_environment,
    var.thumbnails.heic ? { THUMBNAIL_HEIC = "true" } : {},
    local.tinypng_environment,
    local.delivery_environment,
  )

  reads_encrypted  = var.thumbnails.engine == "tinypng" ? ["dynamodb", "s3", "ssm"] : ["dynamodb", "s3"]
  writes_encrypted = ["s3"]
}

module "user_profile_stream" {
  source  = "../dynamodb_stream_trigger"
  context = var.context

  stream_arn         = aws_dynamodb_table.this.stream_arn
  function_arn       = module.create_thumbnail.arn
  role_name          = module.create_thumbnail.role_name
  failure_queue_name = "${var.context.prefix}-create-thumbnail-failures"
  event_names        = ["INSERT", "MODIFY"]
  stream             = var.stream
}
