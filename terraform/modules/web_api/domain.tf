# Your own host name, in addition to API Gateway's. Both work: cookies are bound to their host (__Host-), and
# the function accepts both origins.
locals {
  domain_origins = var.settings.domain == null ? [] : ["https://${var.settings.domain.name}"]
}

resource "aws_apigatewayv2_domain_name" "this" {
  count = var.settings.domain == null ? 0 : 1

  domain_name = var.settings.domain.name

  domain_name_configuration {
    certificate_arn = var.settings.domain.certificate_arn
    endpoint_type   = "REGIONAL"
    security_policy = "TLS_1_2"
  }
}

resource "aws_apigatewayv2_api_mapping" "this" {
  count = var.settings.domain == null ? 0 : 1

  api_id      = aws_apigatewayv2_api.this.id
  domain_name = aws_apigatewayv2_domain_name.this[0].domain_name
  stage       = aws_apigatewayv2_stage.this.name
}

resource "aws_route53_record" "this" {
  count = try(var.settings.domain.hosted_zone_id, null) == null ? 0 : 1

  zone_id = var.settings.domain.hosted_zone_id
  name    = var.settings.domain.name
  type    = "A"

  alias {
    name                   = aws_apigatewayv2_domain_name.this[0].domain_name_configuration[0].target_domain_name
    zone_id                = aws_apigatewayv2_domain_name.this[0].domain_name_configuration[0].hosted_zone_id
    evaluate_target_health = false
  }
}
