# AWS services use the key on behalf of the caller, so the role needs kms:Decrypt to read and
# kms:GenerateDataKey to write. DynamoDB generates data keys through its own grant and needs the caller's
# kms:Decrypt for both:
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
# kms:ViaService ends with the partition's suffix:
# https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
locals {
  # Each a list with one set of services, or empty.
  reads_encrypted  = [for services in [var.reads_encrypted] : services if var.context.encryption != null && length(services) > 0]
  writes_encrypted = [for services in [var.writes_encrypted] : services if var.context.encryption != null && length(services) > 0]
  # What was written before the key was changed, or given up, stays encrypted by the former one.
  reads_formerly_encrypted = [for services in [var.reads_encrypted] : services if length(var.context.former_kms_key_arns) > 0 && length(services) > 0]
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
        values   = [for service in sort(statement.value) : "${service}.${var.context.region}.${var.context.dns_suffix}"]
      }
    }
  }

  dynamic "statement" {
    for_each = local.reads_formerly_encrypted

    content {
      sid       = "ReadFormerlyEncrypted"
      actions   = ["kms:Decrypt"]
      resources = var.context.former_kms_key_arns

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = [for service in sort(statement.value) : "${service}.${var.context.region}.${var.context.dns_suffix}"]
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
        values   = [for service in sort(statement.value) : "${service}.${var.context.region}.${var.context.dns_suffix}"]
      }
    }
  }
}

resource "aws_iam_role_policy" "encryption" {
  count = length(concat(local.reads_encrypted, local.reads_formerly_encrypted, local.writes_encrypted)) > 0 ? 1 : 0

  name   = "encryption"
  role   = aws_iam_role.this.name
  policy = data.aws_iam_policy_document.encryption.json
}
