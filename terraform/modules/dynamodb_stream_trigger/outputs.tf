output "failure_queue_name" {
  description = "Name of the queue for discarded batches."
  value       = module.failures.name
}

output "failure_queue_url" {
  description = "URL of the queue for discarded batches."
  value       = module.failures.url
}

output "failure_queue_arn" {
  description = "ARN of the queue for discarded batches."
  value       = module.failures.arn
}

output "mapping_uuid" {
  description = "UUID of the event source mapping, the dimension of its metrics."
  value       = aws_lambda_event_source_mapping.this.uuid
}
