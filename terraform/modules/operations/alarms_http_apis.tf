# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html
# Sooner than for a function's errors: only the user can retry a failed request. Each gets an error response.
# Only a failed resend may be half done: the old link has ended and no execution sends a new one
# (lambdas/web_api/resend.py).
resource "aws_cloudwatch_metric_alarm" "http_5xx" {
  for_each = var.http_api_ids

  alarm_name        = "${var.context.prefix}-${each.key}-5xx"
  alarm_description = "The HTTP API ${each.key} answers requests with 5xx: people see errors. ${local.runbooks}/5xx.md"

  namespace   = "AWS/ApiGateway"
  metric_name = "5xx"
  dimensions  = { ApiId = each.value }
  statistic   = "Sum"
  period      = local.period_seconds

  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = var.thresholds.http_5xx
  datapoints_to_alarm = 1
  evaluation_periods  = 1
  treat_missing_data  = local.without_calls
  alarm_actions       = local.alarm_actions
}
