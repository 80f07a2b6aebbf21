# Upload below original/ -> set_profile_image -> table user-profile -> its stream -> create_thumbnail -> object
# below thumbnails/. The stream also invokes remove_profile_images, which removes replaced images.
module "profile_images" {
  source = "./modules/profile_images"
  count  = var.enable_profile_images ? 1 : 0

  context  = module.context
  packages = module.packages

  thumbnails          = var.thumbnails
  tinypng_api_key     = var.tinypng_api_key
  uploads             = var.uploads
  upload_page_origins = var.enable_web_api ? module.web_api[0].public_origins : null
  delivery            = one(module.delivery[*].for_pictures)

  stream        = var.streams.user_profile
  force_destroy = var.force_destroy
}
