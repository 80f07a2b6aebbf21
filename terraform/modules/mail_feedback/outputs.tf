# From these follow the alarms and the dashboard, see operations.tf.
output "functions" {
  description = "The function by its folder in lambdas/: name at AWS, seconds that a call may take, and what calls it."
  value = {
    record_mail_feedback = {
      name            = module.record_mail_feedback.function_name
      timeout_seconds = module.record_mail_feedback.timeout
      invoked_by      = "queue"
    }
  }
}

output "work_queues" {
  description = "The queue that the function works off."
  value = {
    record_mail_feedback = { name = aws_sqs_queue.this.name }
  }
}

output "failure_queues" {
  description = "The queue that holds what was given up: messages of SES's events."
  value = {
    record_mail_feedback = { name = module.failures.name, url = module.failures.url }
  }
}

output "topics" {
  description = "The topic that SES publishes its events to, by what it tells of."
  value = {
    mail_feedback = { name = aws_sns_topic.this.name }
  }
}

output "topic_arn" {
  description = "ARN of the topic that SES publishes its events to."
  value       = aws_sns_topic.this.arn
}
