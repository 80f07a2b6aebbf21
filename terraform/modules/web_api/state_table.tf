# Counters of sign-ins and ended sessions: the state that requests share.
resource "aws_dynamodb_table" "this" {
  name         = "${var.context.prefix}-web-state"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "id"

  attribute {
    name = "id"
    type = "S"
  }

  ttl {
    attribute_name = "expiresAt"
    enabled        = true
  }

  # No point_in_time_recovery: items live at most as long as a session, most of them minutes, and would expire
  # before a restore is done. No deletion protection, also so that enable_web_api = false alone removes the
  # web API.

  # Without your own key: the AWS managed key aws/dynamodb, whose use CloudTrail records.
  server_side_encryption {
    enabled     = true
    kms_key_arn = one(var.context.encryption[*].kms_key_arn)
  }
}
