# An upload below original/ -> set_profile_image -> the table user-profile -> its stream
# -> create_thumbnail -> an object below thumbnails/; and remove_profile_images, for what was replaced.
module "profile_images" {
  source = "./modules/profile_images"
  count  = var.enable_profile_images ? 1 : 0

  name_prefix      = var.name_prefix
  artifacts_bucket = module.packages.bucket
  packages         = module.packages.function_packages
  layer_packages   = module.packages.layer_packages

  thumbnails          = var.thumbnails
  tinypng_api_key     = var.tinypng_api_key
  uploads             = var.uploads
  upload_page_origins = var.enable_web_api ? module.web_api[0].public_origins : null

  stream             = var.streams.user_profile
  log_level          = var.log_level
  log_retention_days = var.log_retention_days
  enable_tracing     = var.enable_tracing
  kms_key_arn        = var.kms_key_arn
  force_destroy      = var.force_destroy
}
