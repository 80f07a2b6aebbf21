output "url" {
  description = "Address of the page, once it answers there: that of the domain, if there is one."
  value       = local.url
  depends_on  = [aws_apigatewayv2_stage.this, aws_apigatewayv2_api_mapping.this, aws_lambda_permission.this]
}

# Without waiting: the bucket's CORS rule needs no function.
output "public_origins" {
  description = "Every origin that the page is served from."
  value       = local.public_origins
}

output "domain_target" {
  description = "Name that a CNAME (or alias) of the domain must point to; null without a domain, or where the record is made here."
  value       = var.settings.domain == null || length(aws_route53_record.this) > 0 ? null : aws_apigatewayv2_domain_name.this[0].domain_name_configuration[0].target_domain_name
}

output "activation_link_hours" {
  description = "Hours that the link in an activation mail works."
  value       = var.settings.activation_link_hours
}

output "state_table_name" {
  description = "Name of the table of sign-in counters and ended sessions."
  value       = aws_dynamodb_table.this.name
}

output "api_id" {
  description = "Id of the HTTP API."
  value       = aws_apigatewayv2_api.this.id
}

# From this follow the alarms and the dashboard, see operations.tf.
output "functions" {
  description = "The function by its folder in lambdas/: name at AWS, seconds that a call may take, and what calls it."
  value = {
    web_api = {
      name            = module.web_api.function_name
      timeout_seconds = module.web_api.timeout
      invoked_by      = "http_api"
    }
  }
}
