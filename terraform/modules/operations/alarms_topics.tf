# https://docs.aws.amazon.com/sns/latest/dg/sns-monitoring-using-cloudwatch.html
locals {
  # Includes the topic of the alarms: if its mails fail, this alarm still shows on the dashboard.
  topics = merge(var.topics, { alarms = local.topic_name })
}

# A topic stores nothing: a message that a queue refuses is lost. SNS retries only if it can't reach the queue:
# https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html
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
