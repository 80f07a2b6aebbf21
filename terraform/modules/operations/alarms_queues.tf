# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
locals {
  # SQS stops reporting six hours after the last use of a queue, even if it holds messages. A missing metric
  # does not mean an empty queue, so the alarm keeps its state:
  # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/monitoring-using-cloudwatch.html
  queue_not_used = "ignore"
}

resource "aws_cloudwatch_metric_alarm" "failure_queue_depth" {
  for_each = var.failure_queues

  alarm_name        = "${each.value}-depth"
  alarm_description = "Something was given up for good and lies in the queue ${each.value}. ${local.runbooks}/depth.md"

  namespace   = "AWS/SQS"
  metric_name = "ApproximateNumberOfMessagesVisible"
  dimensions  = { QueueName = each.value }
  statistic   = "Maximum"
  period      = local.period_seconds

  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  datapoints_to_alarm = 1
  evaluation_periods  = 1
  treat_missing_data  = local.queue_not_used
  alarm_actions       = local.alarm_actions
}

# Alarm if the queue was not empty in any period. ApproximateAgeOfOldestMessage skips messages received three
# times or more, and each `make failures`, `make redrive` and `make forget` receives every message. If a
# command holds all messages for a whole period, the time starts again: an operator has seen them.
resource "aws_cloudwatch_metric_alarm" "failure_queue_age" {
  for_each = var.failure_queues

  alarm_name        = "${each.value}-age"
  alarm_description = "The queue ${each.value} has not been empty for ${var.thresholds.failure_age_seconds} seconds. ${local.runbooks}/age.md"

  namespace   = "AWS/SQS"
  metric_name = "ApproximateNumberOfMessagesVisible"
  dimensions  = { QueueName = each.value }
  statistic   = "Maximum"
  period      = local.period_seconds

  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  datapoints_to_alarm = var.thresholds.failure_age_seconds / local.period_seconds
  evaluation_periods  = var.thresholds.failure_age_seconds / local.period_seconds
  treat_missing_data  = local.queue_not_used
  alarm_actions       = local.alarm_actions
}

# A work queue may hold messages at any time, but none should wait long.
resource "aws_cloudwatch_metric_alarm" "work_queue_backlog" {
  for_each = var.work_queues

  alarm_name        = "${each.value}-backlog"
  alarm_description = "A message has waited in the queue ${each.value} for more than ${var.thresholds.waiting_seconds} seconds. ${local.runbooks}/backlog.md"

  namespace   = "AWS/SQS"
  metric_name = "ApproximateAgeOfOldestMessage"
  dimensions  = { QueueName = each.value }
  statistic   = "Maximum"
  period      = local.period_seconds

  comparison_operator = "GreaterThanThreshold"
  threshold           = var.thresholds.waiting_seconds
  datapoints_to_alarm = 2
  evaluation_periods  = 3
  treat_missing_data  = local.queue_not_used
  alarm_actions       = local.alarm_actions
}
