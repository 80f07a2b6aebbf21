locals {
  # All requests go to one function, which routes by path. The other routes exist for their own limits, as
  # each costs an argon2 hash, a mail, or both.
  routes = {
    default = { key = "$default", limit = var.settings.throttling.default }
    sign_up = { key = "POST /users", limit = var.settings.throttling.sign_up }
    sign_in = { key = "POST /sign-in", limit = var.settings.throttling.sign_in }
    resend  = { key = "POST /users/{username}/activation-mail", limit = var.settings.throttling.resend }
  }

  # A route's part of the source ARN when API Gateway invokes a function: "<method>/<path>" with * for path
  # variables, or "$default":
  # https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting-lambda.html
  route_sources = {
    for name, route in local.routes : name => replace(replace(route.key, " ", ""), "/\\{\\w+\\}/", "*")
  }

  # Only the name of this stage is not part of the paths.
  stage_name = "$default"

  # Origins of the page, without a slash at the end. They come from the API, not from the function, as the
  # function's environment contains them.
  public_origins = concat([aws_apigatewayv2_api.this.api_endpoint], local.domain_origins)
  url            = var.settings.domain == null ? aws_apigatewayv2_api.this.api_endpoint : local.domain_origins[0]
}

# No cors_configuration: the page has the same origin, and other origins get no access.
resource "aws_apigatewayv2_api" "this" {
  name          = "${var.context.prefix}-web-api"
  description   = "The page and its API: sign-up, activation, sign-in, picture upload"
  protocol_type = "HTTP"
}

resource "aws_apigatewayv2_integration" "this" {
  api_id                 = aws_apigatewayv2_api.this.id
  integration_type       = "AWS_PROXY"
  integration_uri        = module.web_api.arn
  payload_format_version = "2.0"
}

resource "aws_apigatewayv2_route" "this" {
  for_each = local.routes

  api_id    = aws_apigatewayv2_api.this.id
  route_key = each.value.key
  target    = "integrations/${aws_apigatewayv2_integration.this.id}"
}

resource "aws_apigatewayv2_stage" "this" {
  api_id      = aws_apigatewayv2_api.this.id
  name        = local.stage_name
  auto_deploy = true

  # Limits for all clients together, to cap the cost of a flood. The function counts attempts of each client.
  # An unset limit would be 0 and block every request.
  default_route_settings {
    throttling_rate_limit  = var.settings.throttling.default.rate
    throttling_burst_limit = var.settings.throttling.default.burst
  }

  dynamic "route_settings" {
    for_each = { for name, route in local.routes : name => route if name != "default" }

    content {
      route_key              = route_settings.value.key
      throttling_rate_limit  = route_settings.value.limit.rate
      throttling_burst_limit = route_settings.value.limit.burst
    }
  }

  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.access.arn

    # The route key, not the path: paths contain usernames, and the activation link's query string its token.
    # The IP address identifies abuse; the log's retention removes it.
    format = jsonencode({
      requestId          = "$context.requestId"
      time               = "$context.requestTime"
      sourceIp           = "$context.identity.sourceIp"
      domainName         = "$context.domainName"
      httpMethod         = "$context.httpMethod"
      routeKey           = "$context.routeKey"
      status             = "$context.status"
      responseLength     = "$context.responseLength"
      responseLatency    = "$context.responseLatency"
      integrationStatus  = "$context.integrationStatus"
      integrationLatency = "$context.integrationLatency"
      integrationError   = "$context.integrationErrorMessage"
    })
  }

  # API Gateway rejects settings of a route that does not exist yet.
  depends_on = [aws_apigatewayv2_route.this]
}

resource "aws_cloudwatch_log_group" "access" {
  # Log groups below this prefix share one resource policy. Each other name would be added to the policy, which
  # may have 5,120 characters.
  name              = "/aws/vendedlogs/apigateway/${var.context.prefix}-web-api"
  retention_in_days = var.context.logs.retention_days
  kms_key_id        = one(var.context.encryption[*].kms_key_arn)
}

# No source_account: that condition refuses a call without aws:SourceAccount. AWS names S3 and SES for it, and nothing
# says that API Gateway sends the key. The execution ARN has the account and the API.
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-lambda-permission.html
resource "aws_lambda_permission" "this" {
  for_each = local.routes

  statement_id  = "AllowWebApi-${each.key}"
  action        = "lambda:InvokeFunction"
  function_name = module.web_api.function_name
  principal     = "apigateway.amazonaws.com"
  source_arn    = join("/", [aws_apigatewayv2_api.this.execution_arn, local.stage_name, local.route_sources[each.key]])
}
