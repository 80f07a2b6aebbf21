# Triggers use one of these two outputs, so they wait until the role has its permissions.
output "function_name" {
  description = "Name of the function, available once its role has its permissions."
  value       = aws_lambda_function.this.function_name
  depends_on  = [aws_iam_role_policy.logs, aws_iam_role_policy.work, aws_iam_role_policy.encryption]
}

output "arn" {
  description = "ARN of the function, available once its role has its permissions."
  value       = aws_lambda_function.this.arn
  depends_on  = [aws_iam_role_policy.logs, aws_iam_role_policy.work, aws_iam_role_policy.encryption]
}

output "timeout" {
  description = "Seconds after which Lambda ends an invocation."
  value       = aws_lambda_function.this.timeout
}

output "role_name" {
  description = "Name of the function's role, for the permissions that a trigger adds."
  value       = aws_iam_role.this.name
}

output "environment" {
  description = "Environment variables of the function."
  value       = aws_lambda_function.this.environment[0].variables
}

output "reserved_concurrent_executions" {
  description = "Reserved concurrency. null or -1: only the account's limit."
  value       = aws_lambda_function.this.reserved_concurrent_executions
}
