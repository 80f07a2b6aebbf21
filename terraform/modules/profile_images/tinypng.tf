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
  key_id      = one(var.context.encryption[*].kms_key_arn)

  # Write-only: the key is not stored in plan or state.
  value_wo         = var.tinypng_api_key
  value_wo_version = var.thumbnails.tinypng_api_key_version
}
