# operations.tf derives the alarms and the dashboard from these.
output "functions" {
  description = "The function by its folder in lambdas/: name in AWS, timeout in seconds, what invokes it, and how many of it may run at once."
  value = {
    record_mail_feedback = {
      name            = module.record_mail_feedback.function_name
      timeout_seconds = module.record_mail_feedback.timeout
      invoked_by      = "queue"

      maximum_concurrency = one(aws_lambda_event_source_mapping.this.scaling_config[*].maximum_concurrency)
    }
  }
}

output "work_queues" {
  description = "The queue that the function processes."
  value = {
    record_mail_feedback = { name = aws_sqs_queue.this.name }
  }
}

output "failure_queues" {
  description = "The failure queue: messages with SES events that could not be delivered or processed."
  value = {
    record_mail_feedback = { name = module.failures.name, url = module.failures.url }
  }
}

output "topics" {
  description = "The topic that SES publishes its events to, by subject."
  value = {
    mail_feedback = { name = aws_sns_topic.this.name }
  }
}

output "topic_arn" {
  description = "ARN of the topic that SES publishes its events to."
  value       = aws_sns_topic.this.arn
}
