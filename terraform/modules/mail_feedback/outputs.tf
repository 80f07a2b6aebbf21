output "function_names" {
  description = "Name of each function at AWS, by its folder in lambdas/."
  value = {
    record_mail_feedback = module.record_mail_feedback.function_name
  }
}

output "failure_queue_urls" {
  description = "Queues that hold what was given up: SES's events."
  value = {
    record_mail_feedback = module.failures.url
  }
}

output "topic_arn" {
  description = "ARN of the topic that SES publishes its events to."
  value       = aws_sns_topic.this.arn
}
