# Outputs of the modules -> alarms -> topic -> mails; and a dashboard. A function, queue or topic that a module
# adds to its outputs gets its alarms without a change here.
locals {
  functions = merge({}, concat(
    module.user_activation[*].functions,
    module.profile_images[*].functions,
    module.mail_feedback[*].functions,
    module.web_api[*].functions,
  )...)
  failure_queues = merge({}, concat(
    module.user_activation[*].failure_queues,
    module.profile_images[*].failure_queues,
    module.mail_feedback[*].failure_queues,
  )...)
  work_queues = merge({}, module.mail_feedback[*].work_queues...)
  topics      = merge({}, module.mail_feedback[*].topics...)
}

module "operations" {
  source = "./modules/operations"
  count  = var.alarms.enabled ? 1 : 0

  context = module.context

  functions          = local.functions
  failure_queues     = { for source, queue in local.failure_queues : source => queue.name }
  work_queues        = { for worker, queue in local.work_queues : worker => queue.name }
  topics             = { for subject, topic in local.topics : subject => topic.name }
  state_machine_arns = { for activation in module.user_activation : "SendUserActivationMail" => activation.state_machine_arn }
  http_api_ids       = { for api in module.web_api : "web-api" => api.api_id }
  tables = merge(
    { for activation in module.user_activation : "user" => activation.user_table_name },
    { for images in module.profile_images : "user_profile" => images.user_profile_table_name },
    { for api in module.web_api : "web_state" => api.state_table_name },
  )

  sends_mails = var.enable_user_activation
  addresses   = var.alarms.addresses
  thresholds  = var.alarms.thresholds
  runbook_url = var.alarms.runbook_url
}
