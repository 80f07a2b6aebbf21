output "url" {
  description = "URL of the page, available once it responds: on the custom domain if there is one."
  value       = local.url
  depends_on  = [aws_apigatewayv2_stage.this, aws_apigatewayv2_api_mapping.this, aws_lambda_permission.this]
}

# No depends_on: the bucket's CORS rule does not need the function.
output "public_origins" {
  description = "All origins of the page."
  value       = local.public_origins
}

output "domain_target" {
  description = "Target for a CNAME or alias of the domain. null without a domain, or with hosted_zone_id."
  value       = var.settings.domain == null || length(aws_route53_record.this) > 0 ? null : aws_apigatewayv2_domain_name.this[0].domain_name_configuration[0].target_domain_name
}

output "activation_link_hours" {
  description = "Hours that an activation link is valid."
  value       = var.settings.activation_link_hours
}

output "state_table_name" {
  description = "Name of the table of sign-in counters and ended sessions."
  value       = aws_dynamodb_table.this.name
}

output "api_id" {
  description = "ID of the HTTP API."
  value       = aws_apigatewayv2_api.this.id
}

# operations.tf derives the alarms and the dashboard from this.
output "functions" {
  description = "The function by its folder in lambdas/: name in AWS, timeout in seconds, what invokes it, and how many of it may run at once (null: only the account's limit)."
  value = {
    web_api = {
      name            = module.web_api.function_name
      timeout_seconds = module.web_api.timeout
      invoked_by      = "http_api"

      maximum_concurrency = null # settings.throttling limits requests, not how many run at once
    }
  }
}
