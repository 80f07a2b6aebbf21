# https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html
# STANDARD and EXPRESS have the same metrics.
resource "aws_cloudwatch_metric_alarm" "executions_failed" {
  for_each = var.state_machine_arns

  alarm_name        = "${var.context.prefix}-${each.key}-executions-failed"
  alarm_description = "Executions of the state machine ${each.key} failed for good. ${local.runbooks}/executions-failed.md"

  namespace   = "AWS/States"
  metric_name = "ExecutionsFailed"
  dimensions  = { StateMachineArn = each.value }
  statistic   = "Sum"
  period      = local.period_seconds

  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  datapoints_to_alarm = 1
  evaluation_periods  = 1
  treat_missing_data  = local.without_calls
  alarm_actions       = local.alarm_actions
}

resource "aws_cloudwatch_metric_alarm" "executions_timed_out" {
  for_each = var.state_machine_arns

  alarm_name        = "${var.context.prefix}-${each.key}-executions-timed-out"
  alarm_description = "Executions of the state machine ${each.key} were ended before they could record their failure: they are in no queue. ${local.runbooks}/executions-timed-out.md"

  namespace   = "AWS/States"
  metric_name = "ExecutionsTimedOut"
  dimensions  = { StateMachineArn = each.value }
  statistic   = "Sum"
  period      = local.period_seconds

  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  datapoints_to_alarm = 1
  evaluation_periods  = 1
  treat_missing_data  = local.without_calls
  alarm_actions       = local.alarm_actions
}

resource "aws_cloudwatch_metric_alarm" "executions_aborted" {
  for_each = var.state_machine_arns

  alarm_name        = "${var.context.prefix}-${each.key}-executions-aborted"
  alarm_description = "Somebody stopped executions of the state machine ${each.key}: they are in no queue. ${local.runbooks}/executions-aborted.md"

  namespace   = "AWS/States"
  metric_name = "ExecutionsAborted"
  dimensions  = { StateMachineArn = each.value }
  statistic   = "Sum"
  period      = local.period_seconds

  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  datapoints_to_alarm = 1
  evaluation_periods  = 1
  treat_missing_data  = local.without_calls
  alarm_actions       = local.alarm_actions
}

# Alarm after 15 minutes: throttled steps wait and then continue.
resource "aws_cloudwatch_metric_alarm" "executions_throttled" {
  for_each = var.state_machine_arns

  alarm_name        = "${var.context.prefix}-${each.key}-executions-throttled"
  alarm_description = "Step Functions has held back steps of the state machine ${each.key} for 15 minutes. ${local.runbooks}/executions-throttled.md"

  namespace   = "AWS/States"
  metric_name = "ExecutionThrottled"
  dimensions  = { StateMachineArn = each.value }
  statistic   = "Sum"
  period      = local.period_seconds

  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  datapoints_to_alarm = 3
  evaluation_periods  = 3
  treat_missing_data  = local.without_calls
  alarm_actions       = local.alarm_actions
}
