# What starts the function takes one of these, and so waits until the function has its rights.
output "function_name" {
  description = "Name of the function, once it has its rights."
  value       = aws_lambda_function.this.function_name
  depends_on  = [aws_iam_role_policy.logs, aws_iam_role_policy.work, aws_iam_role_policy.encryption]
}

output "arn" {
  description = "ARN of the function, once it has its rights."
  value       = aws_lambda_function.this.arn
  depends_on  = [aws_iam_role_policy.logs, aws_iam_role_policy.work, aws_iam_role_policy.encryption]
}

output "timeout" {
  description = "Seconds after which Lambda ends an invocation."
  value       = aws_lambda_function.this.timeout
}

output "role_name" {
  description = "Name of the function's role, for rights that a trigger needs on top."
  value       = aws_iam_role.this.name
}

output "environment" {
  description = "Environment variables of the function."
  value       = aws_lambda_function.this.environment[0].variables
}

output "reserved_concurrent_executions" {
  description = "How many invocations may run at once; null or -1 where the account alone limits them."
  value       = aws_lambda_function.this.reserved_concurrent_executions
}
