locals {
  name_prefix = "shop"
  domain      = "example.com"
}

module "context" {
  source = "../../modules/context"

  name_prefix = local.name_prefix
  encryption  = { kms_key_arn = aws_kms_key.this.arn }
}

module "packages" {
  source  = "../../modules/packages"
  context = module.context

  build_dir = var.build_dir
}

# Mails from your domain: create the DNS records of the output ses_records.
module "user_activation" {
  source   = "../../modules/user_activation"
  context  = module.context
  packages = module.packages

  from_address = "hello@${local.domain}"
  product_name = "The Shop"
  mail         = { identity_kind = "domain", from_subdomain = "mail" }
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

# Your application's pages may upload by POST.
module "profile_images" {
  source   = "../../modules/profile_images"
  context  = module.context
  packages = module.packages

  upload_page_origins = ["https://app.${local.domain}"]
  delivery            = module.delivery.for_pictures
}

# Anybody may see the thumbnails: at the output thumbnail_origin.
module "delivery" {
  source  = "../../modules/delivery"
  context = module.context

  bucket = {
    arn                  = module.profile_images.bucket_arn
    regional_domain_name = module.profile_images.bucket_regional_domain_name
  }
  thumbnail_prefixes = module.profile_images.thumbnail_prefixes
}

# What to watch, from the outputs of the modules.
locals {
  functions = merge(
    module.user_activation.functions,
    module.mail_feedback.functions,
    module.profile_images.functions,
  )
  failure_queues = merge(
    module.user_activation.failure_queues,
    module.mail_feedback.failure_queues,
    module.profile_images.failure_queues,
  )
}

# Alarms and a dashboard.
module "operations" {
  source  = "../../modules/operations"
  context = module.context

  functions          = local.functions
  failure_queues     = { for source, queue in local.failure_queues : source => queue.name }
  work_queues        = { for worker, queue in module.mail_feedback.work_queues : worker => queue.name }
  topics             = { for subject, topic in module.mail_feedback.topics : subject => topic.name }
  state_machine_arns = { SendUserActivationMail = module.user_activation.state_machine_arn }
  http_api_ids       = {}
  tables = {
    user         = module.user_activation.user_table_name
    user_profile = module.profile_images.user_profile_table_name
  }
  addresses = ["oncall@${local.domain}"]
}
