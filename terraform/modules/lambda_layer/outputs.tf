output "arn" {
  description = "ARN of this version of the layer."
  value       = aws_lambda_layer_version.this.arn
}
