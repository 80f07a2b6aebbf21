# Rates of the whole account in this region, without a dimension: AWS judges these and may stop all sending
# because of them:
# https://docs.aws.amazon.com/ses/latest/dg/reputationdashboard-cloudwatch-alarm.html
locals {
  # Without mails there is no new rate, and AWS still judges the last one.
  nothing_sent = "ignore"
}

resource "aws_cloudwatch_metric_alarm" "bounce_rate" {
  count = var.sends_mails ? 1 : 0

  alarm_name        = "${var.context.prefix}-bounce-rate"
  alarm_description = "More than ${var.thresholds.bounce_rate * 100}% of the account's mails bounce. At 5% AWS reviews the account, at 10% it may stop all sending. ${local.runbooks}/bounce-rate.md"

  namespace   = "AWS/SES"
  metric_name = "Reputation.BounceRate"
  statistic   = "Average"
  period      = 3600

  comparison_operator = "GreaterThanThreshold"
  threshold           = var.thresholds.bounce_rate
  datapoints_to_alarm = 1
  evaluation_periods  = 1
  treat_missing_data  = local.nothing_sent
  alarm_actions       = local.alarm_actions
}

resource "aws_cloudwatch_metric_alarm" "complaint_rate" {
  count = var.sends_mails ? 1 : 0

  alarm_name        = "${var.context.prefix}-complaint-rate"
  alarm_description = "More than ${var.thresholds.complaint_rate * 100}% of the account's mails are reported as spam. At 0.1% AWS reviews the account, at 0.5% it may stop all sending. ${local.runbooks}/complaint-rate.md"

  namespace   = "AWS/SES"
  metric_name = "Reputation.ComplaintRate"
  statistic   = "Average"
  period      = 3600

  comparison_operator = "GreaterThanThreshold"
  threshold           = var.thresholds.complaint_rate
  datapoints_to_alarm = 1
  evaluation_periods  = 1
  treat_missing_data  = local.nothing_sent
  alarm_actions       = local.alarm_actions
}
