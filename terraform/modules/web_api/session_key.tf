resource "aws_ssm_parameter" "session_key" {
  name        = "/${var.context.prefix}/web-api-session-key"
  description = "Signs the session cookies of the web API"
  type        = "SecureString"
  key_id      = one(var.context.encryption[*].kms_key_arn)

  # Write-only: the key is not stored in plan or state. It differs at every apply, but only a higher version
  # stores it; Parameter Store keeps the previous one. Each uuid() is 128 bits of the operating system's secure
  # random numbers. (Not the ephemeral aws_secretsmanager_random_password: mocked providers have no ephemeral
  # resources, so no test could use this module.)
  # Avoid changes of other arguments: with each of them the provider also stores a new key.
  value_wo         = "${uuid()}${uuid()}"
  value_wo_version = var.sessions.key_version
}
