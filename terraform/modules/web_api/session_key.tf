resource "aws_ssm_parameter" "session_key" {
  name        = "/${var.context.prefix}/web-api-session-key"
  description = "Signs the session cookies of the web API"
  type        = "SecureString"
  # By name, not null: a change back from another key must be one that Terraform sees.
  key_id = coalesce(one(var.context.encryption[*].kms_key_arn), "alias/aws/ssm")

  # Write-only: the key is not stored in plan or state. It differs at every apply, but only another version
  # stores it; Parameter Store keeps the previous one. Each uuid() is 128 bits of the operating system's secure
  # random numbers. (Not the ephemeral aws_secretsmanager_random_password: mocked providers have no ephemeral
  # resources, so no test could use this module.)
  value_wo = "${uuid()}${uuid()}"
  # Another for each KMS key: to change key_id alone, the provider writes an empty value, which SSM refuses. For the
  # same reason change no other argument alone.
  value_wo_version = var.sessions.key_version + (
    var.context.encryption == null ? 0 : 1000 * parseint(substr(sha256(var.context.encryption.kms_key_arn), 0, 6), 16)
  )
}
