# What SES says of a mail that bounced or was complained about -> a topic -> a queue
# -> record_mail_feedback -> a note on the user, which stops further mails to that address.
module "mail_feedback" {
  source = "./modules/mail_feedback"
  # SES publishes events of a configuration set only.
  count = var.enable_user_activation && var.mail.create_configuration_set ? 1 : 0

  context  = module.context
  packages = module.packages

  user_table_name        = module.user_activation[0].user_table_name
  user_table_arn         = module.user_activation[0].user_table_arn
  configuration_set_name = module.user_activation[0].ses_configuration_set_name
  configuration_set_arn  = module.user_activation[0].ses_configuration_set_arn
}
