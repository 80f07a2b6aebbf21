# The most that a role of the deployment can do, whatever its policies say. It is what the functions and the state
# machine need: tests/terraform/test_bootstrap.py compares it with all their policies.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
data "aws_iam_policy_document" "boundary" {
  statement {
    sid       = "Tables"
    actions   = ["dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"]
    resources = [local.tables]
  }

  statement {
    sid = "Streams"
    actions = [
      "dynamodb:DescribeStream",
      "dynamodb:GetRecords",
      "dynamodb:GetShardIterator",
      "dynamodb:ListStreams",
    ]
    resources = ["${local.tables}/stream/*"]
  }

  statement {
    sid       = "Pictures"
    actions   = ["s3:ListBucket"]
    resources = [local.images_bucket]
  }

  statement {
    sid = "PicturesThemselves"
    actions = [
      "s3:DeleteObject",
      "s3:DeleteObjectVersion",
      "s3:GetObject",
      "s3:GetObjectVersion",
      "s3:PutObject",
      "s3:PutObjectTagging",
    ]
    resources = ["${local.images_bucket}/*"]
  }

  statement {
    sid       = "Queues"
    actions   = ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage", "sqs:SendMessage"]
    resources = [local.queues]
  }

  statement {
    sid       = "StateMachine"
    actions   = ["states:StartExecution"]
    resources = [local.state_machines]
  }

  statement {
    sid       = "Functions"
    actions   = ["lambda:InvokeFunction"]
    resources = [local.functions]
  }

  statement {
    sid       = "Parameters"
    actions   = ["ssm:GetParameter"]
    resources = [local.parameters]
  }

  statement {
    sid       = "Logs"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${local.arns.logs}:log-group:/aws/lambda/${local.prefix}-*:*"] # log streams
  }

  dynamic "statement" {
    for_each = local.distributions

    content {
      sid       = "Distribution"
      actions   = ["cloudfront:CreateInvalidation"]
      resources = [statement.value]
    }
  }

  # IAM accepts only "*" for these: docs/adr/0040-two-roles-and-a-boundary.md
  statement {
    sid = "LogDeliveryAndTraces"
    actions = [
      "logs:CreateLogDelivery",
      "logs:DeleteLogDelivery",
      "logs:DescribeLogGroups",
      "logs:DescribeResourcePolicies",
      "logs:GetLogDelivery",
      "logs:ListLogDeliveries",
      "logs:PutResourcePolicy",
      "logs:UpdateLogDelivery",
      "xray:GetSamplingRules",
      "xray:GetSamplingTargets",
      "xray:PutTelemetryRecords",
      "xray:PutTraceSegments",
    ]
    resources = ["*"]
  }

  dynamic "statement" {
    for_each = var.from_address[*]

    content {
      sid       = "Mails"
      actions   = ["ses:SendEmail"]
      resources = concat(local.identities, [local.configuration_set], local.recipients)

      condition {
        test     = "StringEquals"
        variable = "ses:FromAddress"
        values   = [statement.value]
      }
    }
  }

  dynamic "statement" {
    for_each = length(local.all_keys) > 0 ? [local.all_keys] : []

    content {
      sid       = "Decrypt"
      actions   = ["kms:Decrypt"]
      resources = statement.value

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = [for service in ["dynamodb", "s3", "sqs", "ssm"] : local.via_services[service]]
      }
    }
  }

  dynamic "statement" {
    for_each = local.keys

    content {
      sid       = "Encrypt"
      actions   = ["kms:GenerateDataKey"]
      resources = [statement.value]

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = [for service in ["s3", "sqs"] : local.via_services[service]]
      }
    }
  }
}

resource "aws_iam_policy" "boundary" {
  name        = "${local.prefix}-boundary-${var.region}"
  path        = local.path
  description = "The most that a role of ${local.prefix} can do"
  policy      = data.aws_iam_policy_document.boundary.minified_json

  lifecycle {
    # Without blanks: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    precondition {
      condition     = length(data.aws_iam_policy_document.boundary.minified_json) <= 6144
      error_message = "The boundary has ${length(data.aws_iam_policy_document.boundary.minified_json)} characters, and IAM takes 6,144: shorten sandbox_recipients or former_kms_key_arns."
    }
  }
}
