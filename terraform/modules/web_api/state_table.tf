# Counters of sign-ins and the sessions that were ended: what the function must know of other requests.
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

  # No point_in_time_recovery: nothing here lives longer than a session, and most of it minutes. When a
  # restore was done, what it could bring back would have expired. No deletion protection for the same
  # reason, and so that enable_web_api = false alone takes the web API away.

  # Without a key of one's own by the AWS managed key aws/dynamodb, so that its use can be seen in
  # CloudTrail.
  server_side_encryption {
    enabled     = true
    kms_key_arn = one(var.context.encryption[*].kms_key_arn)
  }
}
