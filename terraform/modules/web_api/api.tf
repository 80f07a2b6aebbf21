locals {
  # Everything reaches the one function, which knows its own paths. A route beside $default is there
  # for a limit of its own: these three cost a hash by argon2, a mail, or both.
  routes = {
    default = { key = "$default", limit = var.settings.throttling.default }
    sign_up = { key = "POST /users", limit = var.settings.throttling.sign_up }
    sign_in = { key = "POST /sign-in", limit = var.settings.throttling.sign_in }
    resend  = { key = "POST /users/{username}/activation-mail", limit = var.settings.throttling.resend }
  }

  # How a route is named where API Gateway calls a function for it: "<method>/<path>", a variable of the
  # path as *, or "$default":
  # https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting-lambda.html
  route_sources = {
    for name, route in local.routes : name => replace(replace(route.key, " ", ""), "/\\{\\w+\\}/", "*")
  }

  # The one stage whose name is not part of the paths.
  stage_name = "$default"

  # Where the page is served, as browsers write it: without a slash at the end. Of the API and not of
  # the function, so that the function can be told.
  public_origins = concat([aws_apigatewayv2_api.this.api_endpoint], local.domain_origins)
  url            = var.settings.domain == null ? aws_apigatewayv2_api.this.api_endpoint : local.domain_origins[0]
}

# No cors_configuration: the page comes from the same origin, and nobody else's script has business here.
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

  # Limits of all clients together: they bound what a flood can cost. One client's tries are counted by
  # the function. What is not set here would be 0, which lets nothing pass.
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

    # The route's key and not the path: a path holds usernames, and the query string of the link in the
    # mail its token. The address is what abuse is told by; it goes with the log's retention.
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

  # API Gateway refuses settings of a route that is not there yet.
  depends_on = [aws_apigatewayv2_route.this]
}

resource "aws_cloudwatch_log_group" "access" {
  # Below this prefix log groups share one resource policy; each of another name would add to it, up
  # to its limit of 5,120 characters.
  name              = "/aws/vendedlogs/apigateway/${var.context.prefix}-web-api"
  retention_in_days = var.context.logs.retention_days
  kms_key_id        = one(var.context.encryption[*].kms_key_arn)
}

resource "aws_lambda_permission" "this" {
  for_each = local.routes

  statement_id   = "AllowWebApi-${each.key}"
  action         = "lambda:InvokeFunction"
  function_name  = module.web_api.function_name
  principal      = "apigateway.amazonaws.com"
  source_arn     = join("/", [aws_apigatewayv2_api.this.execution_arn, local.stage_name, local.route_sources[each.key]])
  source_account = var.context.account_id
}
