# https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
locals {
  stream_functions = { for name, function in var.functions : name => function if function.invoked_by == "stream" }
  event_functions  = { for name, function in var.functions : name => function if function.invoked_by == "event" }
}

resource "aws_cloudwatch_metric_alarm" "function_errors" {
  for_each = var.functions

  alarm_name        = "${each.value.name}-errors"
  alarm_description = "The function ${each.value.name} goes on failing. ${local.runbooks}/errors.md"

  namespace   = "AWS/Lambda"
  metric_name = "Errors"
  dimensions  = { FunctionName = each.value.name }
  statistic   = "Sum"
  period      = local.period_seconds

  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = var.thresholds.function_errors
  datapoints_to_alarm = 2
  evaluation_periods  = 3
  treat_missing_data  = local.without_calls
  alarm_actions       = local.alarm_actions
}

# Alarm after 15 minutes: Lambda retries throttled invocations, and a function with reserved concurrency is
# expected to be throttled at a peak.
resource "aws_cloudwatch_metric_alarm" "function_throttles" {
  for_each = var.functions

  alarm_name        = "${each.value.name}-throttles"
  alarm_description = "Lambda has refused calls of the function ${each.value.name} for 15 minutes: too many at once. ${local.runbooks}/throttles.md"

  namespace   = "AWS/Lambda"
  metric_name = "Throttles"
  dimensions  = { FunctionName = each.value.name }
  statistic   = "Sum"
  period      = local.period_seconds

  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  datapoints_to_alarm = 3
  evaluation_periods  = 3
  treat_missing_data  = local.without_calls
  alarm_actions       = local.alarm_actions
}

# Maximum, not a percentile: one invocation that times out is one failed record.
resource "aws_cloudwatch_metric_alarm" "function_duration" {
  for_each = var.functions

  alarm_name        = "${each.value.name}-duration"
  alarm_description = "Calls of the function ${each.value.name} take more than ${var.thresholds.duration_percent}% of the ${each.value.timeout_seconds} seconds that they may. ${local.runbooks}/duration.md"

  namespace   = "AWS/Lambda"
  metric_name = "Duration"
  dimensions  = { FunctionName = each.value.name }
  statistic   = "Maximum"
  period      = local.period_seconds

  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.timeout_seconds * 1000 * var.thresholds.duration_percent / 100
  datapoints_to_alarm = 2
  evaluation_periods  = 3
  treat_missing_data  = local.without_calls
  alarm_actions       = local.alarm_actions
}

# In milliseconds: age of a batch's last record when the function received it.
resource "aws_cloudwatch_metric_alarm" "iterator_age" {
  for_each = local.stream_functions

  alarm_name        = "${each.value.name}-iterator-age"
  alarm_description = "The function ${each.value.name} is behind its table's stream by more than ${var.thresholds.waiting_seconds} seconds. ${local.runbooks}/iterator-age.md"

  namespace   = "AWS/Lambda"
  metric_name = "IteratorAge"
  dimensions  = { FunctionName = each.value.name }
  statistic   = "Maximum"
  period      = local.period_seconds

  comparison_operator = "GreaterThanThreshold"
  threshold           = var.thresholds.waiting_seconds * 1000
  datapoints_to_alarm = 2
  evaluation_periods  = 3
  treat_missing_data  = local.without_calls
  alarm_actions       = local.alarm_actions
}

# The iterator age exists only for records that were read. Only this alarm shows that nothing is read.
resource "aws_cloudwatch_metric_alarm" "stream_not_read" {
  for_each = local.stream_functions

  alarm_name        = "${each.value.name}-not-read"
  alarm_description = "Nobody has read the stream of the function ${each.value.name} for 15 minutes. ${local.runbooks}/not-read.md"

  namespace   = "AWS/Lambda"
  metric_name = "PolledEventCount"
  dimensions  = { EventSourceMappingUUID = each.value.mapping_uuid }
  # A stream without records still has samples, of 0.
  statistic = "SampleCount"
  period    = local.period_seconds

  comparison_operator = "LessThanThreshold"
  threshold           = 1
  datapoints_to_alarm = 3
  evaluation_periods  = 3
  treat_missing_data  = "breaching"
  alarm_actions       = local.alarm_actions
}

# In milliseconds: time of an event in Lambda's own queue, including the waits between retries.
resource "aws_cloudwatch_metric_alarm" "event_age" {
  for_each = local.event_functions

  alarm_name        = "${each.value.name}-event-age"
  alarm_description = "Events of the function ${each.value.name} wait for more than ${var.thresholds.waiting_seconds} seconds. ${local.runbooks}/event-age.md"

  namespace   = "AWS/Lambda"
  metric_name = "AsyncEventAge"
  dimensions  = { FunctionName = each.value.name }
  statistic   = "Maximum"
  period      = local.period_seconds

  comparison_operator = "GreaterThanThreshold"
  threshold           = var.thresholds.waiting_seconds * 1000
  datapoints_to_alarm = 2
  evaluation_periods  = 3
  treat_missing_data  = local.without_calls
  alarm_actions       = local.alarm_actions
}

# Alarm at once: the event is lost, as Lambda discarded it and the failure queue did not accept it.
resource "aws_cloudwatch_metric_alarm" "lost_events" {
  for_each = merge(local.stream_functions, local.event_functions)

  alarm_name        = "${each.value.name}-lost-events"
  alarm_description = "Lambda could not put what the function ${each.value.name} failed on into its failure queue: it is in no queue. ${local.runbooks}/lost-events.md"

  namespace   = "AWS/Lambda"
  metric_name = "DestinationDeliveryFailures"
  dimensions  = { FunctionName = each.value.name }
  statistic   = "Sum"
  period      = local.period_seconds

  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  datapoints_to_alarm = 1
  evaluation_periods  = 1
  treat_missing_data  = local.without_calls
  alarm_actions       = local.alarm_actions
}
