# A browser -> the HTTP API -> web_api: the page, sign-up into the table User (from where the activation
# starts), sign-in, and leave to upload into the bucket (from where the thumbnail starts).
module "web_api" {
  source = "./modules/web_api"
  # Without it, an application of your own writes the tables and the bucket.
  count = var.enable_web_api ? 1 : 0

  name_prefix      = var.name_prefix
  artifacts_bucket = module.packages.bucket
  packages         = module.packages.function_packages

  user_table_name            = module.user_activation[0].user_table_name
  user_table_arn             = module.user_activation[0].user_table_arn
  state_machine_arn          = module.user_activation[0].state_machine_arn
  user_profile_table_name    = module.profile_images[0].user_profile_table_name
  user_profile_table_arn     = module.profile_images[0].user_profile_table_arn
  profile_images_bucket_name = module.profile_images[0].bucket_name
  profile_images_bucket_arn  = module.profile_images[0].bucket_arn
  upload_origin              = local.upload_origin

  domain     = var.web_api_domain
  throttling = var.web_api_throttling

  session_hours                    = var.session_hours
  session_key_version              = var.session_key_version
  activation_link_hours            = var.activation_link_hours
  unactivated_user_expiration_days = var.unactivated_user_expiration_days
  max_upload_bytes                 = var.max_upload_bytes
  resend_cool_down_seconds         = var.resend_cool_down_seconds
  resend_limit                     = var.resend_limit
  product_name                     = var.product_name
  page_language                    = var.page_language

  log_level          = var.log_level
  log_retention_days = var.log_retention_days
  enable_tracing     = var.enable_tracing
  kms_key_arn        = var.kms_key_arn
}
