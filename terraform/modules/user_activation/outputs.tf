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

output "function_names" {
  description = "Name of each function at AWS, by its folder in lambdas/."
  value = {
    user_table_trigger         = module.user_table_trigger.function_name
    get_user_activation_status = module.get_user_activation_status.function_name
    send_user_activation_mail  = module.send_user_activation_mail.function_name
  }
}

output "failure_queue_urls" {
  description = "Queues that hold what was given up: stream records, executions."
  value = {
    user_table_trigger = module.user_stream.failure_queue_url
    activation         = module.activation_failures.url
  }
}

output "ses_dkim_records" {
  description = "DNS records (CNAME, name => value) that verify the sending domain; empty for an address."
  value = var.ses_identity_kind != "domain" ? {} : {
    for token in local.dkim_tokens : "${token}._domainkey.${local.ses_identity}" => "${token}.dkim.amazonses.com"
  }
}
