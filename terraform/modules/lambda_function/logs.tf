resource "aws_cloudwatch_log_group" "this" {
  name              = "/aws/lambda/${var.function_name}"
  retention_in_days = var.context.logs.retention_days
  kms_key_id        = one(var.context.encryption[*].kms_key_arn)
}
