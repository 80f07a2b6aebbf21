locals {
  # Without a file the manifest is empty here, so that the validation of build_dir can report it.
  manifest_path = "${var.build_dir}/manifest.json"
  manifest = jsondecode(
    fileexists(local.manifest_path)
    ? file(local.manifest_path)
    : "{\"target\": {\"runtime\": \"\", \"architecture\": \"\"}, \"functions\": {}, \"layers\": {}}"
  )
}

# docs/adr/0003-how-the-code-reaches-lambda.md
module "bucket" {
  source  = "../private_bucket"
  context = var.context

  bucket_name                            = "${var.context.prefix}-artifacts-${var.context.account_id}-${var.context.region}"
  abort_incomplete_multipart_upload_days = var.abort_incomplete_multipart_upload_days
  noncurrent_version_expiration_days     = var.noncurrent_version_expiration_days

  # `make build` can recreate the zips, and the records below deployments/ are of no use without the deployment.
  force_destroy = true
}
