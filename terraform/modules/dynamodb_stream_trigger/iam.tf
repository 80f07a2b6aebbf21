data "aws_iam_policy_document" "this" {
  statement {
    sid = "ReadStream"
    actions = [
      "dynamodb:DescribeStream",
      "dynamodb:GetRecords",
      "dynamodb:GetShardIterator",
      "dynamodb:ListStreams",
    ]
    resources = [var.stream_arn]
  }

  statement {
    sid       = "SendFailures"
    actions   = ["sqs:SendMessage"]
    resources = [module.failures.arn]
  }

  # The table's key also encrypts its stream.
  dynamic "statement" {
    for_each = var.context.encryption[*].kms_key_arn

    content {
      sid       = "ReadEncryptedStream"
      actions   = ["kms:Decrypt"]
      resources = [statement.value]

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = ["dynamodb.${var.context.region}.${var.context.dns_suffix}"]
      }
    }
  }

  # Records from before the key was changed.
  dynamic "statement" {
    for_each = length(var.context.former_kms_key_arns) > 0 ? [var.context.former_kms_key_arns] : []

    content {
      sid       = "ReadFormerlyEncryptedStream"
      actions   = ["kms:Decrypt"]
      resources = statement.value

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = ["dynamodb.${var.context.region}.${var.context.dns_suffix}"]
      }
    }
  }

  dynamic "statement" {
    for_each = var.context.encryption[*].kms_key_arn

    content {
      sid       = "EncryptFailures"
      actions   = ["kms:Decrypt", "kms:GenerateDataKey"] # SQS requires both of a sender
      resources = [statement.value]

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = ["sqs.${var.context.region}.${var.context.dns_suffix}"]
      }
    }
  }
}

resource "aws_iam_role_policy" "this" {
  name   = "stream-trigger"
  role   = var.role_name
  policy = data.aws_iam_policy_document.this.json
}
