# Anybody -> CloudFront -> thumbnails, and nothing else in the bucket.
module "delivery" {
  source = "./modules/delivery"
  count  = var.delivery == null ? 0 : 1

  context = module.context

  bucket = {
    arn                  = module.profile_images[0].bucket_arn
    regional_domain_name = module.profile_images[0].bucket_regional_domain_name
  }
  thumbnail_prefixes = module.profile_images[0].thumbnail_prefixes
  settings           = var.delivery
}
