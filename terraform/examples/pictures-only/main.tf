locals {
  name_prefix = "pictures"
}

data "aws_caller_identity" "current" {}

module "packages" {
  source = "../../modules/packages"

  build_dir   = var.build_dir
  bucket_name = "${local.name_prefix}-artifacts-${data.aws_caller_identity.current.account_id}"
}

module "profile_images" {
  source = "../../modules/profile_images"

  name_prefix        = local.name_prefix
  artifacts_bucket   = module.packages.bucket
  packages           = module.packages.function_packages
  layer_packages     = module.packages.layer_packages
  log_level          = "INFO"
  log_retention_days = 30
}
