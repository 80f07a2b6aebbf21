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

  # Users that the web API has registered, and that never activate. Off, an application's own attribute
  # of this name means nothing.
  ttl {
    attribute_name = "expiresAt"
    enabled        = var.unactivated_user_expiration_days != null
  }

  deletion_protection_enabled = var.deletion_protection_enabled

  point_in_time_recovery {
    enabled = true
  }

  # Without a key of one's own by the AWS managed key aws/dynamodb, so that its use can be seen in
  # CloudTrail.
  server_side_encryption {
    enabled     = true
    kms_key_arn = one(var.context.encryption[*].kms_key_arn)
  }
}
