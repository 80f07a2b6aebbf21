output "prefix" {
  description = "First part of every name. Names that must be unique in the account or worldwide also end with the region."
  value       = "${var.name_prefix}-${var.environment}"
}

output "partition" {
  description = "AWS partition: \"aws\", except in China and for the US government."
  value       = data.aws_partition.current.partition
}

output "region" {
  description = "AWS region of all resources."
  value       = data.aws_region.current.name
}

output "account_id" {
  description = "AWS account of all resources."
  value       = data.aws_caller_identity.current.account_id
}

output "logs" {
  description = "Log level of the functions, and days to keep logs."
  value       = var.logs
}

output "tracing" {
  description = "Whether the functions and the state machine send traces to X-Ray."
  value       = var.enable_tracing
}

# An object, not the ARN: the plan knows whether there is a key even while its ARN is unknown.
output "encryption" {
  description = "The KMS key that encrypts everything. null: keys owned or managed by AWS."
  value       = var.encryption
}
