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

    # Only this function of this account. "IfExists", as AWS documents the two for the running of a
    # function and not for everything else that Lambda does with its role:
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
  # A role belongs to the account and not to a region.
  name               = "${var.function_name}-${var.context.region}"
  description        = "Execution role of the function ${var.function_name}"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

data "aws_iam_policy_document" "logs" {
  # No CreateLogGroup: the group is declared here, with its retention, and Lambda must not make it
  # again when it was destroyed.
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
    # X-Ray knows no resources: "*" is all that IAM takes for these actions. They only add traces:
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
