locals {
  tinypng_environment = var.thumbnails.engine != "tinypng" ? {} : {
    TINYPNG_API_KEY_PARAMETER = one(aws_ssm_parameter.tinypng_api_key[*].name)
    TINYPNG_BASE_URL          = var.thumbnails.tinypng_base_url
  }
}

resource "aws_ssm_parameter" "tinypng_api_key" {
  count = var.thumbnails.engine == "tinypng" ? 1 : 0

  name        = "/${var.context.prefix}/tinypng-api-key"
  description = "Key of the TinyPNG web service"
  type        = "SecureString"
  # By name, not null: a change back from another key must be one that Terraform sees.
  key_id = coalesce(one(var.context.encryption[*].kms_key_arn), "alias/aws/ssm")

  # Write-only: the key is not stored in plan or state.
  value_wo = var.tinypng_api_key
  # Another for each KMS key: to change key_id alone, the provider writes an empty value, which SSM refuses.
  value_wo_version = var.thumbnails.tinypng_api_key_version + (
    var.context.encryption == null ? 0 : 1000 * parseint(substr(sha256(var.context.encryption.kms_key_arn), 0, 6), 16)
  )
}
