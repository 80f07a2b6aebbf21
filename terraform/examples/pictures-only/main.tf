module "context" {
  source = "../../modules/context"

  name_prefix = "pictures"
}

module "packages" {
  source  = "../../modules/packages"
  context = module.context

  build_dir = var.build_dir
}

module "profile_images" {
  source   = "../../modules/profile_images"
  context  = module.context
  packages = module.packages
}
