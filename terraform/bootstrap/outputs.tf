output "plan_role_arn" {
  description = "Role that plans: for jobs on main."
  value       = aws_iam_role.plan.arn
}

output "deploy_role_arn" {
  description = "Role that applies an approved plan: for jobs with the GitHub environment."
  value       = aws_iam_role.deploy.arn
}

output "permissions_boundary_arn" {
  description = "Value of the deployment's variable permissions_boundary."
  value       = aws_iam_policy.boundary.arn
}

output "github_variables" {
  description = "Variables to set in GitHub, with their values (docs/deployment.md)."
  value = {
    AWS_REGION          = var.region
    AWS_PLAN_ROLE_ARN   = aws_iam_role.plan.arn
    AWS_DEPLOY_ROLE_ARN = aws_iam_role.deploy.arn
    DEPLOY_ENVIRONMENT  = var.environment
  }
}
