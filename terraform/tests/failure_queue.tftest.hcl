mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  context = {
    prefix               = "test"
    partition            = "aws"
    dns_suffix           = "amazonaws.com"
    region               = "eu-central-1"
    account_id           = "123456789012"
    logs                 = { level = "INFO", retention_days = 30 }
    tracing              = false
    encryption           = null
    former_kms_key_arns  = []
    permissions_boundary = null
  }
  name = "failures"
}

run "queue" {
  module { source = "./modules/failure_queue" }

  assert {
    condition     = aws_sqs_queue.this.sqs_managed_sse_enabled && aws_sqs_queue.this.message_retention_seconds == 14 * 24 * 3600
    error_message = "Failures must be encrypted and kept for 14 days."
  }

  assert {
    condition     = output.name == "failures" && aws_sqs_queue.this.kms_master_key_id == null
    error_message = "Alarms find the queue by its name."
  }

  assert {
    condition = (
      data.aws_iam_policy_document.this.statement[0].effect == "Deny"
      && toset(data.aws_iam_policy_document.this.statement[0].resources) == toset(["arn:aws:sqs:eu-central-1:123456789012:failures"])
      && one(data.aws_iam_policy_document.this.statement[0].condition).variable == "aws:SecureTransport"
    )
    error_message = "Requests without TLS must be refused, for this queue."
  }
}

run "own_key" {
  module { source = "./modules/failure_queue" }
  # A separate state: in that of the queue above, unset arguments would keep their values.
  state_key = "own_key"
  variables { context = merge(var.context, { encryption = { kms_key_arn = "arn:aws:kms:eu-central-1:123456789012:key/one" } }) }

  assert {
    condition     = aws_sqs_queue.this.kms_master_key_id == "arn:aws:kms:eu-central-1:123456789012:key/one" && !aws_sqs_queue.this.sqs_managed_sse_enabled
    error_message = "The key must replace the key of SQS, which does not accept both."
  }
}

run "of_a_topic" {
  command = plan
  module { source = "./modules/failure_queue" }
  variables { topic_arn = "arn:aws:sns:eu-central-1:123456789012:news" }

  assert {
    condition = {
      for statement in data.aws_iam_policy_document.this.statement :
      statement.sid => [one(statement.principals).identifiers, statement.actions, toset(flatten([for condition in statement.condition : condition.values]))]
      if statement.effect != "Deny"
    } == { LetTopicSend = [toset(["sns.amazonaws.com"]), toset(["sqs:SendMessage"]), toset(["123456789012", var.topic_arn])] }
    error_message = "SNS may send only undeliverable messages of this topic."
  }
}

run "bad_name" {
  command = plan
  module { source = "./modules/failure_queue" }
  variables { name = "failures.fifo" }
  expect_failures = [var.name]
}
