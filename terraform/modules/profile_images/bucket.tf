locals {
  original_prefix = "original/"

  # The forms of lambdas/shared/profile_images.py.
  thumbnail_prefixes = {
    for size in concat(var.thumbnails.sizes, var.thumbnails.former_sizes) :
    size => size == 150 ? "thumbnails/" : "thumbnails-${size}/"
  }

  # Each size by its number: "thumbnails-*/" would also match what others put beside these.
  made_thumbnails  = [for size in var.thumbnails.sizes : "${module.bucket.bucket_arn}/${local.thumbnail_prefixes[size]}*"]
  known_thumbnails = [for prefix in values(local.thumbnail_prefixes) : "${module.bucket.bucket_arn}/${prefix}*"]

  known_pictures = concat(["${module.bucket.bucket_arn}/${local.original_prefix}*"], local.known_thumbnails)

  # An environment variable can't be empty.
  thumbnail_sizes_environment = merge(
    { THUMBNAIL_SIZES = join(",", var.thumbnails.sizes) },
    length(var.thumbnails.former_sizes) == 0 ? {} : { FORMER_THUMBNAIL_SIZES = join(",", var.thumbnails.former_sizes) },
  )
}

module "bucket" {
  source  = "../private_bucket"
  context = var.context

  bucket_name                            = "${var.context.prefix}-images-${var.context.account_id}-${var.context.region}"
  force_destroy                          = var.force_destroy
  abort_incomplete_multipart_upload_days = var.uploads.abort_incomplete_multipart_upload_days
  noncurrent_version_expiration_days     = var.uploads.noncurrent_version_expiration_days
  policy_documents                       = var.delivery[*].bucket_policy_json

  # Only for uploads: browsers show thumbnails in <img>, which needs no CORS.
  cors = var.upload_page_origins == null ? null : {
    allowed_origins = var.upload_page_origins
    allowed_methods = ["PUT"]
    # Those that the web API signs (lambdas/web_api/uploads.py).
    allowed_headers = ["content-type", "if-none-match", "x-amz-meta-*"]
  }
}

# A bucket has one notification configuration: a second resource would overwrite it.
resource "aws_s3_bucket_notification" "this" {
  bucket = module.bucket.bucket_name

  lambda_function {
    id                  = "originals"
    lambda_function_arn = module.set_profile_image.arn
    events              = ["s3:ObjectCreated:*"]
    # A thumbnail must not start the pipeline again.
    filter_prefix = local.original_prefix
  }

  depends_on = [aws_lambda_permission.this]
}

resource "aws_lambda_permission" "this" {
  statement_id  = "AllowProfileImagesBucket"
  action        = "lambda:InvokeFunction"
  function_name = module.set_profile_image.function_name
  principal     = "s3.amazonaws.com"
  # A bucket's ARN contains no account: another account could take the name after this bucket is deleted.
  source_arn     = module.bucket.bucket_arn
  source_account = var.context.account_id
}
