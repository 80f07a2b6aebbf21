output "user_table_name" {
  description = "Name of the table of users."
  value       = aws_dynamodb_table.this.name
}

output "user_table_arn" {
  description = "ARN of the table of users."
  value       = aws_dynamodb_table.this.arn
}

output "state_machine_arn" {
  description = "ARN of the state machine."
  value       = aws_sfn_state_machine.this.arn
}

# operations.tf derives the alarms and the dashboard from these two.
output "functions" {
  description = "Functions by their folder in lambdas/: name in AWS, timeout in seconds, what invokes each, and how many of it may run at once (null: only the account's limit)."
  value = {
    user_table_trigger = {
      name            = module.user_table_trigger.function_name
      timeout_seconds = module.user_table_trigger.timeout
      invoked_by      = "stream"
      mapping_uuid    = module.user_stream.mapping_uuid

      maximum_concurrency = module.user_stream.maximum_concurrency
    }
    get_user_activation_status = {
      name            = module.get_user_activation_status.function_name
      timeout_seconds = module.get_user_activation_status.timeout
      invoked_by      = "state_machine"

      maximum_concurrency = null # Step Functions starts a task for each execution
    }
    send_user_activation_mail = {
      name            = module.send_user_activation_mail.function_name
      timeout_seconds = module.send_user_activation_mail.timeout
      invoked_by      = "state_machine"

      maximum_concurrency = local.concurrent_sends
    }
  }
}

output "failure_queues" {
  description = "Failure queues: positions of discarded stream records, and failed executions."
  value = {
    user_table_trigger = { name = module.user_stream.failure_queue_name, url = module.user_stream.failure_queue_url }
    activation         = { name = module.activation_failures.name, url = module.activation_failures.url }
  }
}

output "ses_dkim_records" {
  description = "CNAME records (name => value) that verify the sending domain. Empty for an address."
  value = var.mail.identity_kind != "domain" ? {} : {
    for token in local.dkim_tokens : "${token}._domainkey.${local.ses_identity}" => "${token}.${local.dkim_domain}"
  }
}

output "ses_mail_from_records" {
  description = "DNS records of the custom MAIL FROM domain, which receives bounces. Empty without mail.from_subdomain."
  value = local.mail_from_domain == null ? [] : [
    { name = local.mail_from_domain, type = "MX", value = "10 feedback-smtp.${var.context.region}.amazonses.com" },
    { name = local.mail_from_domain, type = "TXT", value = "v=spf1 include:amazonses.com ~all" },
  ]
}

output "ses_dmarc_record" {
  description = "DMARC record to start with: receivers report forged mails and still deliver them. null for an address."
  value = var.mail.identity_kind != "domain" ? null : {
    name  = "_dmarc.${local.ses_identity}"
    type  = "TXT"
    value = "v=DMARC1; p=none; rua=mailto:postmaster@${local.ses_identity}"
  }
}

output "ses_configuration_set_name" {
  description = "Name of the SES configuration set. null without one."
  value       = one(aws_sesv2_configuration_set.this[*].configuration_set_name)
}

output "ses_configuration_set_arn" {
  description = "ARN of the SES configuration set. null without one."
  value       = one(aws_sesv2_configuration_set.this[*].arn)
}
