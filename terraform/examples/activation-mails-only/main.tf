locals {
  name_prefix = "mails"
}

data "aws_caller_identity" "current" {}

module "packages" {
  source = "../../modules/packages"

  build_dir   = var.build_dir
  bucket_name = "${local.name_prefix}-artifacts-${data.aws_caller_identity.current.account_id}"
}

module "user_activation" {
  source = "../../modules/user_activation"

  name_prefix        = local.name_prefix
  artifacts_bucket   = module.packages.bucket
  packages           = module.packages.function_packages
  from_address       = "hello@example.com"
  log_level          = "INFO"
  log_retention_days = 30
}

# Bounces and complaints, recorded on the user.
module "mail_feedback" {
  source = "../../modules/mail_feedback"

  name_prefix            = local.name_prefix
  artifacts_bucket       = module.packages.bucket
  packages               = module.packages.function_packages
  user_table_name        = module.user_activation.user_table_name
  user_table_arn         = module.user_activation.user_table_arn
  configuration_set_name = module.user_activation.ses_configuration_set_name
  configuration_set_arn  = module.user_activation.ses_configuration_set_arn
  log_level              = "INFO"
  log_retention_days     = 30
}
