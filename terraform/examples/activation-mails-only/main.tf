module "context" {
  source = "../../modules/context"

  name_prefix = "mails"
}

module "packages" {
  source  = "../../modules/packages"
  context = module.context

  build_dir = var.build_dir
}

module "user_activation" {
  source   = "../../modules/user_activation"
  context  = module.context
  packages = module.packages

  from_address = "hello@example.com"
}

# Records bounces and complaints on the user.
module "mail_feedback" {
  source   = "../../modules/mail_feedback"
  context  = module.context
  packages = module.packages

  user_table_name        = module.user_activation.user_table_name
  user_table_arn         = module.user_activation.user_table_arn
  configuration_set_name = module.user_activation.ses_configuration_set_name
  configuration_set_arn  = module.user_activation.ses_configuration_set_arn
}
