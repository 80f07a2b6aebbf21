# New item in the table User -> its stream -> user_table_trigger -> state machine
# -> get_user_activation_status, send_user_activation_mail -> mail.
module "user_activation" {
  source = "./modules/user_activation"
  count  = var.enable_user_activation ? 1 : 0

  context  = module.context
  packages = module.packages

  from_address                     = var.from_address
  product_name                     = var.product_name
  mail                             = var.mail
  stream                           = var.streams.user
  unactivated_user_expiration_days = var.unactivated_user_expiration_days
  deletion_protection_enabled      = !var.force_destroy
}
