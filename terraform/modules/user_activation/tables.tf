resource "aws_dynamodb_table" "this" {
  name         = "${var.name_prefix}-User"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "username"

  attribute {
    name = "username"
    type = "S"
  }

  stream_enabled   = true
  stream_view_type = "NEW_IMAGE"

  deletion_protection_enabled = var.deletion_protection_enabled

  point_in_time_recovery {
    enabled = true
  }

  # By the AWS managed key aws/dynamodb, so that its use can be seen in CloudTrail.
  server_side_encryption {
    enabled = true
  }
}
