# A new item in the table User -> its stream -> user_table_trigger -> the state machine
# -> get_user_activation_status, send_user_activation_mail -> a mail.
module "user_activation" {
  source = "./modules/user_activation"
  count  = var.enable_user_activation ? 1 : 0

  name_prefix      = var.name_prefix
  artifacts_bucket = module.packages.bucket
  packages         = module.packages.function_packages

  from_address                 = var.from_address
  product_name                 = var.product_name
  mail_language                = var.mail_language
  mail_texts                   = var.mail_texts
  ses_identity_kind            = var.ses_identity_kind
  create_ses_identity          = var.create_ses_identity
  create_ses_configuration_set = var.create_ses_configuration_set
  ses_sandbox_recipients       = var.ses_sandbox_recipients
  mail_from_subdomain          = var.mail_from_subdomain
  mail_rate_per_second         = var.mail_rate_per_second

  state_machine_type          = var.state_machine_type
  stream                      = var.user_stream
  log_level                   = var.log_level
  log_retention_days          = var.log_retention_days
  expires_unactivated_users   = var.unactivated_user_expiration_days != null
  enable_tracing              = var.enable_tracing
  kms_key_arn                 = var.kms_key_arn
  deletion_protection_enabled = !var.force_destroy
}
