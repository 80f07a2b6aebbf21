module "context" {
  source = "../../modules/context"

  name_prefix = "complete"
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

module "profile_images" {
  source   = "../../modules/profile_images"
  context  = module.context
  packages = module.packages

  upload_page_origins = module.web_api.public_origins
}

# The page and its API, in front of both pipelines.
module "web_api" {
  source   = "../../modules/web_api"
  context  = module.context
  packages = module.packages

  user_table_name            = module.user_activation.user_table_name
  user_table_arn             = module.user_activation.user_table_arn
  state_machine_arn          = module.user_activation.state_machine_arn
  user_profile_table_name    = module.profile_images.user_profile_table_name
  user_profile_table_arn     = module.profile_images.user_profile_table_arn
  profile_images_bucket_name = module.profile_images.bucket_name
  profile_images_bucket_arn  = module.profile_images.bucket_arn
  max_image_bytes            = module.profile_images.max_image_bytes
  upload_origin              = "https://${module.profile_images.bucket_regional_domain_name}"
}

# What to watch, from the outputs of the modules.
locals {
  functions = merge(
    module.user_activation.functions,
    module.mail_feedback.functions,
    module.profile_images.functions,
    module.web_api.functions,
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
  http_api_ids       = { web-api = module.web_api.api_id }
  tables = {
    user         = module.user_activation.user_table_name
    user_profile = module.profile_images.user_profile_table_name
    web_state    = module.web_api.state_table_name
  }
}
