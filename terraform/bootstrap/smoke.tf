# `make smoke`: the policies of docs/smoke.md, with which tests/terraform/test_bootstrap.py compares this.
locals {
  # The page needs mails, as the deployment's enable_web_api says.
  has_page = var.enable_web_api && var.from_address != null

  user_table    = "${local.arns.dynamodb}:table/${local.prefix}-User"
  profile_table = "${local.arns.dynamodb}:table/${local.prefix}-user-profile"
}

data "aws_iam_policy_document" "smoke" {
  statement {
    sid       = "UsersAndProfiles"
    actions   = ["dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:UpdateItem"]
    resources = [local.user_table, local.profile_table]
  }

  # What a killed run left: users, or profiles where only pictures are deployed.
  statement {
    sid       = "FindLeftovers"
    actions   = ["dynamodb:Scan"]
    resources = [var.from_address == null ? local.profile_table : local.user_table]
  }

  dynamic "statement" {
    for_each = local.has_page ? ["${local.arns.dynamodb}:table/${local.prefix}-web-state"] : []

    content {
      sid       = "Counts"
      actions   = ["dynamodb:DeleteItem", "dynamodb:Scan"]
      resources = [statement.value]
    }
  }

  # Without the page, a run writes what another application would: operations/smoke/application.py
  dynamic "statement" {
    for_each = local.has_page ? [] : [[local.user_table, local.profile_table]]

    content {
      sid       = "PutUsersAndProfiles"
      actions   = ["dynamodb:PutItem"]
      resources = statement.value
    }
  }

  dynamic "statement" {
    for_each = local.has_page ? [] : ["${local.images_bucket}/original/*"]

    content {
      sid       = "PutPictures"
      actions   = ["s3:PutObject"]
      resources = [statement.value]
    }
  }

  dynamic "statement" {
    for_each = local.has_page ? [] : ["${local.images_bucket}/thumbnails/*"]

    content {
      sid       = "ReadThumbnails"
      actions   = ["s3:GetObject", "s3:GetObjectTagging"]
      resources = [statement.value]
    }
  }

  statement {
    sid       = "FindPictures"
    actions   = ["s3:ListBucketVersions"]
    resources = [local.images_bucket]
  }

  statement {
    sid       = "RemovePictures"
    actions   = ["s3:DeleteObject", "s3:DeleteObjectVersion"]
    resources = ["${local.images_bucket}/*"]
  }

  statement {
    sid = "FailureQueues"
    actions = [
      "sqs:ChangeMessageVisibility",
      "sqs:DeleteMessage",
      "sqs:GetQueueAttributes",
      "sqs:ReceiveMessage",
    ]
    resources = ["${local.queues}-failures"]
  }

  statement {
    sid       = "Functions"
    actions   = ["lambda:GetFunctionConfiguration", "lambda:InvokeFunction"]
    resources = [local.functions]
  }

  statement {
    sid       = "Logs"
    actions   = ["logs:FilterLogEvents"]
    resources = ["${local.arns.logs}:log-group:/aws/lambda/${local.prefix}-*"]
  }

  statement {
    sid       = "StateMachine"
    actions   = ["states:DescribeStateMachine", "states:ListExecutions"]
    resources = ["${local.arns.states}:stateMachine:${local.prefix}-SendUserActivationMail"]
  }

  statement {
    sid       = "Executions"
    actions   = ["states:DescribeExecution"]
    resources = ["${local.arns.states}:execution:${local.prefix}-SendUserActivationMail:*"]
  }

  statement {
    sid       = "AlarmTopic"
    actions   = ["sns:ListSubscriptionsByTopic", "sns:Publish"]
    resources = ["${local.arns.sns}:${local.prefix}-alarms"]
  }

  # IAM accepts only "*" for these: docs/adr/0040-two-roles-and-a-boundary.md
  statement {
    sid       = "Account"
    actions   = ["cloudwatch:DescribeAlarms", "lambda:ListEventSourceMappings", "ses:GetSuppressedDestination"]
    resources = ["*"]
  }
}
