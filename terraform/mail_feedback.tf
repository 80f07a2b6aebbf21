# SES reports a bounce or complaint -> topic -> queue -> record_mail_feedback -> attributes of the user, which
# stop further mails to the address.
module "mail_feedback" {
  source = "./modules/mail_feedback"
  # SES publishes events only for mails with a configuration set.
  count = var.enable_user_activation && var.mail.create_configuration_set ? 1 : 0

  context  = module.context
  packages = module.packages

  user_table_name        = module.user_activation[0].user_table_name
  user_table_arn         = module.user_activation[0].user_table_arn
  configuration_set_name = module.user_activation[0].ses_configuration_set_name
  configuration_set_arn  = module.user_activation[0].ses_configuration_set_arn
}
