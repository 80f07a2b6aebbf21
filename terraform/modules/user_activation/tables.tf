resource "aws_dynamodb_table" "this" {
  name         = "${var.context.prefix}-User"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "username"

  attribute {
    name = "username"
    type = "S"
  }

  stream_enabled   = true
  stream_view_type = "NEW_IMAGE"

  # Removes users who never activate; the writer of the item sets the attribute. Without TTL the attribute has
  # no effect.
  ttl {
    attribute_name = "expiresAt"
    enabled        = var.unactivated_user_expiration_days != null
  }

  deletion_protection_enabled = var.deletion_protection_enabled

  point_in_time_recovery {
    enabled = true
  }

  # Without your own key: the AWS managed key aws/dynamodb, whose use CloudTrail records.
  server_side_encryption {
    enabled     = true
    kms_key_arn = one(var.context.encryption[*].kms_key_arn)
  }
}
