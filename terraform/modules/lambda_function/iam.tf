data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]

    # No aws:SourceAccount here: Lambda's documentation names no such condition for an execution
    # role, and only principals of this account can pass the role to Lambda (iam:PassRole).
    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "this" {
  name               = var.function_name
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
  count = var.enable_tracing ? 1 : 0

  name   = "tracing"
  role   = aws_iam_role.this.name
  policy = data.aws_iam_policy_document.tracing.json
}
