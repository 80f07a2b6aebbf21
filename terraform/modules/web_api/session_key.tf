resource "aws_ssm_parameter" "session_key" {
  name        = "/${var.context.prefix}/web-api-session-key"
  description = "Signs the session cookies of the web API"
  type        = "SecureString"
  key_id      = one(var.context.encryption[*].kms_key_arn)

  # Write-only: the key is in no plan and no state, and so it may differ at every apply: only a raised
  # version has it stored. Parameter Store keeps the one before it. Each uuid() is 128 bits of the
  # operating system's secure random numbers. (The ephemeral aws_secretsmanager_random_password would
  # do as well, but a mocked provider has no ephemeral resources: nothing around it could be tested.)
  # Change no other argument without need: with any of them the provider would store a new key too.
  value_wo         = "${uuid()}${uuid()}"
  value_wo_version = var.sessions.key_version
}
