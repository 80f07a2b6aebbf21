locals {
  name_prefix = "complete"

  # What there is to watch: each module lists it in its outputs.
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

module "profile_images" {
  source = "../../modules/profile_images"

  name_prefix         = local.name_prefix
  artifacts_bucket    = module.packages.bucket
  packages            = module.packages.function_packages
  layer_packages      = module.packages.layer_packages
  upload_page_origins = module.web_api.public_origins
  log_level           = "INFO"
  log_retention_days  = 30
}

# The page and its API, in front of both pipelines.
module "web_api" {
  source = "../../modules/web_api"

  name_prefix                = local.name_prefix
  artifacts_bucket           = module.packages.bucket
  packages                   = module.packages.function_packages
  user_table_name            = module.user_activation.user_table_name
  user_table_arn             = module.user_activation.user_table_arn
  state_machine_arn          = module.user_activation.state_machine_arn
  user_profile_table_name    = module.profile_images.user_profile_table_name
  user_profile_table_arn     = module.profile_images.user_profile_table_arn
  profile_images_bucket_name = module.profile_images.bucket_name
  profile_images_bucket_arn  = module.profile_images.bucket_arn
  upload_origin              = "https://${module.profile_images.bucket_regional_domain_name}"
  max_image_bytes            = module.profile_images.max_image_bytes
  log_level                  = "INFO"
  log_retention_days         = 30
}

# Alarms and a dashboard.
module "operations" {
  source = "../../modules/operations"

  name_prefix        = local.name_prefix
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
