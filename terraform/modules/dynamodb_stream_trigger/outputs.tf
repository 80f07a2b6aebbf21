output "failure_queue_name" {
  description = "Name of the queue for batches that were given up."
  value       = module.failures.name
}

output "failure_queue_url" {
  description = "URL of the queue for batches that were given up."
  value       = module.failures.url
}

output "failure_queue_arn" {
  description = "ARN of the queue for batches that were given up."
  value       = module.failures.arn
}

output "mapping_uuid" {
  description = "UUID of the event source mapping: its metrics are known by it."
  value       = aws_lambda_event_source_mapping.this.uuid
}
