output "backend" {
  description = "What terraform/environments/<name>.backend.hcl holds; replace NAME in key."
  value = {
    bucket       = aws_s3_bucket.state.bucket
    key          = "user-onboarding/NAME/terraform.tfstate"
    region       = var.region
    encrypt      = true
    use_lockfile = true
    kms_key_id   = var.kms_key_arn
  }
}
