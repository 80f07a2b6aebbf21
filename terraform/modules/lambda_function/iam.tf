locals {
  lambda_arn_start = "arn:${var.context.partition}:lambda:${var.context.region}:${var.context.account_id}"
}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }

    # Only this function of this account. "IfExists": AWS documents both keys for invocations, not for
    # Lambda's other uses of the role:
    # docs/adr/0025-sources-of-lambda-roles.md
    condition {
      test     = "StringEqualsIfExists"
      variable = "aws:SourceAccount"
      values   = [var.context.account_id]
    }

    condition {
      test     = "ArnLikeIfExists"
      variable = "aws:SourceArn"
      values = [
        "${local.lambda_arn_start}:function:${var.function_name}",
        "${local.lambda_arn_start}:function:${var.function_name}:*", # a version or an alias
        "${local.lambda_arn_start}:event-source-mapping:*",          # AWS chooses the id
      ]
    }
  }
}

resource "aws_iam_role" "this" {
  # Role names are unique in the account, across regions.
  name               = "${var.function_name}-${var.context.region}"
  description        = "Execution role of the function ${var.function_name}"
  assume_role_policy = data.aws_iam_policy_document.trust.json

  permissions_boundary = var.context.permissions_boundary
}

data "aws_iam_policy_document" "logs" {
  # No CreateLogGroup: Lambda must not recreate the group, without retention, after `terraform destroy`.
  statement {
    sid       = "WriteOwnLogs"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.this.arn}:*"] # its log streams
  }
}

resource "aws_iam_role_policy" "logs" {
  name   = "logs"
  role   = aws_iam_role.this.name
  policy = data.aws_iam_policy_document.logs.json
}

resource "aws_iam_role_policy" "work" {
  name   = "work"
  role   = aws_iam_role.this.name
  policy = var.policy_json
}

data "aws_iam_policy_document" "tracing" {
  statement {
    # IAM accepts only "*" for these X-Ray actions, and they only add traces:
    # https://docs.aws.amazon.com/lambda/latest/dg/python-tracing.html
    sid       = "SendTraces"
    actions   = ["xray:PutTelemetryRecords", "xray:PutTraceSegments"]
    resources = ["*"]
  }
}

resource "aws_iam_role_policy" "tracing" {
  count = var.context.tracing ? 1 : 0

  name   = "tracing"
  role   = aws_iam_role.this.name
  policy = data.aws_iam_policy_document.tracing.json
}
