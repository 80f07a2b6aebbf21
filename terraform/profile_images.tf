# An upload below original/ -> set_profile_image -> the table user-profile -> its stream
# -> create_thumbnail -> an object below thumbnails/; and remove_profile_images, for what was replaced.
module "profile_images" {
  source = "./modules/profile_images"
  count  = var.enable_profile_images ? 1 : 0

  name_prefix      = var.name_prefix
  artifacts_bucket = module.packages.bucket
  packages         = module.packages.function_packages
  layer_packages   = module.packages.layer_packages

  thumbnail_engine        = var.thumbnail_engine
  thumbnail_fit           = var.thumbnail_fit
  thumbnail_memory_size   = var.thumbnail_memory_size
  max_image_bytes         = var.max_image_bytes
  tinypng_api_key         = var.tinypng_api_key
  tinypng_api_key_version = var.tinypng_api_key_version
  tinypng_base_url        = var.tinypng_base_url

  abort_incomplete_multipart_upload_days = var.abort_incomplete_multipart_upload_days
  noncurrent_version_expiration_days     = var.noncurrent_version_expiration_days

  upload_page_origins = var.enable_web_api ? module.web_api[0].public_origins : null

  stream             = var.user_profile_stream
  log_level          = var.log_level
  log_retention_days = var.log_retention_days
  enable_tracing     = var.enable_tracing
  kms_key_arn        = var.kms_key_arn
  force_destroy      = var.force_destroy
}
