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
}

resource "aws_iam_role_policy" "this" {
  name   = "stream-trigger"
  role   = var.role_name
  policy = data.aws_iam_policy_document.this.json
}
