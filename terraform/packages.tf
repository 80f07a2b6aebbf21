data "aws_caller_identity" "current" {}

# The zips that `make build` made, and the bucket that Lambda fetches them from.
module "packages" {
  source = "./modules/packages"

  build_dir                              = var.build_dir
  bucket_name                            = "${var.name_prefix}-artifacts-${data.aws_caller_identity.current.account_id}"
  abort_incomplete_multipart_upload_days = var.uploads.abort_incomplete_multipart_upload_days
  noncurrent_version_expiration_days     = var.uploads.noncurrent_version_expiration_days
  kms_key_arn                            = var.kms_key_arn
}
