# Settings that all modules share: names, logs, tracing, encryption.
module "context" {
  source = "./modules/context"

  name_prefix    = var.name_prefix
  environment    = var.environment
  logs           = var.logs
  enable_tracing = var.enable_tracing
  encryption     = var.encryption

  former_kms_key_arns  = var.former_kms_key_arns
  permissions_boundary = var.permissions_boundary
}
