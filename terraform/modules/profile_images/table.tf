resource "aws_dynamodb_table" "this" {
  name         = "${var.context.prefix}-user-profile"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "id"

  attribute {
    name = "id"
    type = "N"
  }

  stream_enabled   = true
  stream_view_type = "NEW_AND_OLD_IMAGES"

  deletion_protection_enabled = !var.force_destroy

  point_in_time_recovery {
    enabled = true
  }

  # Without your own key: the AWS managed key aws/dynamodb, whose use CloudTrail records.
  server_side_encryption {
    enabled     = true
    kms_key_arn = one(var.context.encryption[*].kms_key_arn)
  }
}
