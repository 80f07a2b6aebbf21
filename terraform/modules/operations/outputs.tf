output "topic_arn" {
  description = "ARN of the topic of all alarms."
  value       = aws_sns_topic.this.arn
}

output "dashboard_name" {
  description = "Name of the dashboard."
  value       = aws_cloudwatch_dashboard.this.dashboard_name
}

output "alarm_names" {
  description = "Names of all alarms."
  value       = [for alarm in local.alarms : alarm.alarm_name]
}
