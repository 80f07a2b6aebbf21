# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
locals {
  # SQS reports on a queue for six hours after somebody last used it, also if messages lie in it. No metric
  # then does not mean that the queue is empty, so the alarm stays what it was:
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

# Not by ApproximateAgeOfOldestMessage: that leaves out what was received three times or more, and each
# `make failures`, `make redrive` and `make forget` receives every message. So it is: in none of the periods
# was the queue empty. Messages that a command holds for a whole period count as gone meanwhile, and
# the time starts anew: somebody has looked, and is told again if the messages stay.
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

# A queue that a function works off is never empty for long, but nothing should wait in it.
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
