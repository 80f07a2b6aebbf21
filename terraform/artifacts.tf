# Zips reach Lambda through this bucket: docs/adr/0003-how-the-code-reaches-lambda.md
module "artifacts" {
  source = "./modules/private_bucket"

  bucket_name                            = "${var.name_prefix}-artifacts-${local.account_id}"
  abort_incomplete_multipart_upload_days = var.abort_incomplete_multipart_upload_days
  noncurrent_version_expiration_days     = var.noncurrent_version_expiration_days
  kms_key_arn                            = var.kms_key_arn

  # Everything in it can be built again from the sources.
  force_destroy = true
}
