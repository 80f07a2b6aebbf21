# Browser -> HTTP API -> web_api: the page, sign-up into the table User (which starts the activation), sign-in,
# and presigned uploads into the bucket (which start the thumbnails).
module "web_api" {
  source = "./modules/web_api"
  # Without it, your own application writes to the tables and the bucket.
  count = var.enable_web_api ? 1 : 0

  context  = module.context
  packages = module.packages

  user_table_name            = module.user_activation[0].user_table_name
  user_table_arn             = module.user_activation[0].user_table_arn
  state_machine_arn          = module.user_activation[0].state_machine_arn
  user_profile_table_name    = module.profile_images[0].user_profile_table_name
  user_profile_table_arn     = module.profile_images[0].user_profile_table_arn
  profile_images_bucket_name = module.profile_images[0].bucket_name
  profile_images_bucket_arn  = module.profile_images[0].bucket_arn
  thumbnail_sizes            = module.profile_images[0].thumbnail_sizes
  upload_origin              = local.upload_origin
  thumbnail_origin           = local.delivery_origin

  max_image_bytes                  = module.profile_images[0].max_image_bytes
  takes_heic                       = module.profile_images[0].takes_heic
  product_name                     = var.product_name
  settings                         = var.web_api
  uploads                          = var.uploads
  sessions                         = var.sessions
  unactivated_user_expiration_days = var.unactivated_user_expiration_days
}
