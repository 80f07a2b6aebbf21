output "prefix" {
  description = "First part of every name. Names that must be unique in the account or worldwide also end with the region."
  value       = "${var.name_prefix}-${var.environment}"
}

output "environment" {
  description = "Name of this deployment."
  value       = var.environment
}

output "partition" {
  description = "AWS partition: \"aws\", except in China and for the US government."
  value       = data.aws_partition.current.partition
}

output "dns_suffix" {
  description = "End of the host names of AWS's services: \"amazonaws.com\", or \"amazonaws.com.cn\" in China."
  value       = data.aws_partition.current.dns_suffix
}

output "region" {
  description = "AWS region of all resources."
  value       = data.aws_region.current.id
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

output "former_kms_key_arns" {
  description = "KMS keys that functions may only decrypt with: data from before a change of the key needs them."
  value       = var.former_kms_key_arns
}

output "permissions_boundary" {
  description = "ARN of the policy that each role has as its permissions boundary. null: none."
  value       = var.permissions_boundary
}
