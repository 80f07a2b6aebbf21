# https://docs.aws.amazon.com/sns/latest/dg/sns-monitoring-using-cloudwatch.html
locals {
  # The topic of the alarms itself too: where its mails fail, this alarm shows on the dashboard.
  topics = merge(var.topics, { alarms = local.topic_name })
}

# A topic keeps nothing. What a queue refuses is gone at once; only where the queue can't be reached does
# SNS try again: https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html
resource "aws_cloudwatch_metric_alarm" "notifications_failed" {
  for_each = local.topics

  alarm_name        = "${each.value}-notifications-failed"
  alarm_description = "A notification of the topic ${each.value} did not arrive. ${local.runbooks}/notifications-failed.md"

  namespace   = "AWS/SNS"
  metric_name = "NumberOfNotificationsFailed"
  dimensions  = { TopicName = each.value }
  statistic   = "Sum"
  period      = local.period_seconds

  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  datapoints_to_alarm = 1
  evaluation_periods  = 1
  treat_missing_data  = local.without_calls
  alarm_actions       = local.alarm_actions
}
