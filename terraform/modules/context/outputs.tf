output "prefix" {
  description = "Start of every name. What is unique in the whole account, or the world, ends with the region as well."
  value       = "${var.name_prefix}-${var.environment}"
}

output "partition" {
  description = "AWS partition: \"aws\" but for China and the US government."
  value       = data.aws_partition.current.partition
}

output "region" {
  description = "AWS region that everything is in."
  value       = data.aws_region.current.name
}

output "account_id" {
  description = "AWS account that everything is in."
  value       = data.aws_caller_identity.current.account_id
}

output "logs" {
  description = "Least level that the functions log, and days that logs are kept."
  value       = var.logs
}

output "tracing" {
  description = "Whether functions and state machine send traces to X-Ray."
  value       = var.enable_tracing
}

# An object and not the ARN: whether there is a key is known at plan, also where its ARN is not yet.
output "encryption" {
  description = "The key that encrypts everything; null: keys of AWS's."
  value       = var.encryption
}
