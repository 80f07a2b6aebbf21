# The zips of `make build`, and the bucket that Lambda fetches them from.
module "packages" {
  source  = "./modules/packages"
  context = module.context

  build_dir                              = var.build_dir
  abort_incomplete_multipart_upload_days = var.uploads.abort_incomplete_multipart_upload_days
  noncurrent_version_expiration_days     = var.uploads.noncurrent_version_expiration_days
}
