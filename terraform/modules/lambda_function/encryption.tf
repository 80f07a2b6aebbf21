# AWS services use the key on behalf of the caller, so the role needs kms:Decrypt to read and
# kms:GenerateDataKey to write. DynamoDB generates data keys through its own grant and needs the caller's
# kms:Decrypt for both:
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
locals {
  # A list with one set of services, or empty.
  reads_encrypted  = [for services in [var.reads_encrypted] : services if var.context.encryption != null && length(services) > 0]
  writes_encrypted = [for services in [var.writes_encrypted] : services if var.context.encryption != null && length(services) > 0]
}

data "aws_iam_policy_document" "encryption" {
  dynamic "statement" {
    for_each = local.reads_encrypted

    content {
      sid       = "ReadEncrypted"
      actions   = ["kms:Decrypt"]
      resources = [var.context.encryption.kms_key_arn]

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = [for service in sort(statement.value) : "${service}.${var.context.region}.amazonaws.com"]
      }
    }
  }

  dynamic "statement" {
    for_each = local.writes_encrypted

    content {
      sid       = "WriteEncrypted"
      actions   = ["kms:GenerateDataKey"]
      resources = [var.context.encryption.kms_key_arn]

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = [for service in sort(statement.value) : "${service}.${var.context.region}.amazonaws.com"]
      }
    }
  }
}

resource "aws_iam_role_policy" "encryption" {
  count = length(local.reads_encrypted) + length(local.writes_encrypted) > 0 ? 1 : 0

  name   = "encryption"
  role   = aws_iam_role.this.name
  policy = data.aws_iam_policy_document.encryption.json
}
