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

output "maximum_concurrency" {
  description = "Invocations that may run at once for the stream of a new table."
  # Lambda processes parallelization_factor batches of a shard at once. A new table on demand has 4 partitions, for 4,000
  # writes a second, and its stream a shard for each. More load gives a table more of them.
  # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.Partitions.html
  value = 4 * var.stream.parallelization_factor
}
