mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  name = "failures"
}

run "queue" {
  module { source = "./modules/failure_queue" }

  assert {
    condition     = aws_sqs_queue.this.sqs_managed_sse_enabled && aws_sqs_queue.this.message_retention_seconds == 14 * 24 * 3600
    error_message = "Failures must be encrypted and kept for 14 days."
  }

  assert {
    condition = (
      data.aws_iam_policy_document.tls_only.statement[0].effect == "Deny"
      && toset(data.aws_iam_policy_document.tls_only.statement[0].resources) == toset(["arn:aws:sqs:eu-central-1:123456789012:failures"])
      && one(data.aws_iam_policy_document.tls_only.statement[0].condition).variable == "aws:SecureTransport"
    )
    error_message = "Requests without TLS must be refused, for this queue."
  }
}

run "bad_name" {
  command = plan
  module { source = "./modules/failure_queue" }
  variables { name = "failures.fifo" }
  expect_failures = [var.name]
}
