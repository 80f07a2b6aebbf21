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
  packages = {
    bucket = "artifacts"
    function_packages = {
      for name, package in jsondecode(file("tests/fixtures/packages/manifest.json")).functions : name => merge(package, {
        path = "tests/fixtures/packages/${package.file}", runtime = "python3.13", architecture = "arm64"
      })
    }
  }
  user_table_name        = "test-User"
  user_table_arn         = "arn:aws:dynamodb:eu-central-1:123456789012:table/test-User"
  configuration_set_name = "test-activation-mails"
  configuration_set_arn  = "arn:aws:ses:eu-central-1:123456789012:configuration-set/test-activation-mails"
}

run "defaults" {
  module { source = "./modules/mail_feedback" }

  override_module {
    target = module.failures
    outputs = {
      arn = "arn:aws:sqs:eu-central-1:123456789012:test-record-mail-feedback-failures"
      url = "https://sqs.eu-central-1.amazonaws.com/123456789012/test-record-mail-feedback-failures"
    }
  }

  assert {
    condition = (
      aws_sesv2_configuration_set_event_destination.this.configuration_set_name == "test-activation-mails"
      && one(aws_sesv2_configuration_set_event_destination.this.event_destination).enabled
      && toset(one(aws_sesv2_configuration_set_event_destination.this.event_destination).matching_event_types) == toset(["BOUNCE", "COMPLAINT", "REJECT"])
      && one(one(aws_sesv2_configuration_set_event_destination.this.event_destination).sns_destination).topic_arn == aws_sns_topic.this.arn
    )
    error_message = "SES must publish every bounce, complaint and rejection to the topic."
  }

  assert {
    condition = {
      for statement in data.aws_iam_policy_document.topic.statement : statement.sid => {
        effect     = coalesce(statement.effect, "Allow")
        actions    = sort(statement.actions)
        resources  = sort(statement.resources)
        conditions = { for condition in statement.condition : condition.variable => tolist(condition.values) }
      }
      } == {
      LetSesPublish = {
        effect    = "Allow"
        actions   = tolist(["sns:Publish"])
        resources = tolist(["arn:aws:sns:eu-central-1:123456789012:test-mail-feedback"])
        conditions = {
          "aws:SourceAccount" = tolist(["123456789012"])
          "aws:SourceArn"     = tolist(["arn:aws:ses:eu-central-1:123456789012:configuration-set/test-activation-mails"])
        }
      }
      DenyPublishWithoutTls = {
        effect     = "Deny"
        actions    = tolist(["sns:Publish"])
        resources  = tolist(["arn:aws:sns:eu-central-1:123456789012:test-mail-feedback"])
        conditions = { "aws:SecureTransport" = tolist(["false"]) }
      }
    }
    error_message = "Only SES may publish, with TLS, and only events of this configuration set."
  }

  assert {
    condition = {
      for statement in data.aws_iam_policy_document.queue.statement : statement.sid => {
        effect     = coalesce(statement.effect, "Allow")
        actions    = sort(statement.actions)
        resources  = sort(statement.resources)
        conditions = { for condition in statement.condition : condition.variable => tolist(condition.values) }
      }
      } == {
      LetTopicSend = {
        effect    = "Allow"
        actions   = tolist(["sqs:SendMessage"])
        resources = tolist(["arn:aws:sqs:eu-central-1:123456789012:test-mail-feedback"])
        conditions = {
          "aws:SourceAccount" = tolist(["123456789012"])
          "aws:SourceArn"     = tolist(["arn:aws:sns:eu-central-1:123456789012:test-mail-feedback"])
        }
      }
      DenyRequestsWithoutTls = {
        effect     = "Deny"
        actions    = tolist(["sqs:*"])
        resources  = tolist(["arn:aws:sqs:eu-central-1:123456789012:test-mail-feedback"])
        conditions = { "aws:SecureTransport" = tolist(["false"]) }
      }
    }
    error_message = "Only the topic may send, and only with TLS."
  }

  assert {
    condition = (
      aws_sns_topic.this.name == "test-mail-feedback"
      && aws_sns_topic_subscription.this.protocol == "sqs"
      && aws_sns_topic_subscription.this.raw_message_delivery
      && aws_sns_topic_subscription.this.topic_arn == aws_sns_topic.this.arn
      && aws_sns_topic_subscription.this.endpoint == aws_sqs_queue.this.arn
      && jsondecode(aws_sns_topic_subscription.this.redrive_policy) == { deadLetterTargetArn = module.failures.arn }
    )
    error_message = "The queue must get the SES events without an envelope."
  }

  assert {
    condition = (
      aws_sqs_queue.this.name == "test-mail-feedback"
      && aws_sqs_queue.this.sqs_managed_sse_enabled
      && aws_sqs_queue.this.message_retention_seconds == 7 * 24 * 3600
      && aws_sqs_queue.this.visibility_timeout_seconds >= 6 * module.record_mail_feedback.timeout
      && jsondecode(aws_sqs_queue.this.redrive_policy) == {
        deadLetterTargetArn = "arn:aws:sqs:eu-central-1:123456789012:test-record-mail-feedback-failures"
        maxReceiveCount     = 5
      }
    )
    error_message = "The queue must be encrypted, hide messages long enough, and use the failure queue as dead-letter queue."
  }

  assert {
    condition = (
      aws_sqs_queue_redrive_allow_policy.this.queue_url == module.failures.url
      && jsondecode(aws_sqs_queue_redrive_allow_policy.this.redrive_allow_policy) == {
        redrivePermission = "byQueue"
        sourceQueueArns   = ["arn:aws:sqs:eu-central-1:123456789012:test-mail-feedback"]
      }
    )
    error_message = "The failure queue must permit a redrive to its one source queue."
  }

  assert {
    condition = (
      aws_lambda_event_source_mapping.this.event_source_arn == aws_sqs_queue.this.arn
      && aws_lambda_event_source_mapping.this.function_name == module.record_mail_feedback.arn
      && aws_lambda_event_source_mapping.this.function_response_types == toset(["ReportBatchItemFailures"])
      && one(aws_lambda_event_source_mapping.this.scaling_config).maximum_concurrency == 2
    )
    error_message = "Only failed messages may be retried, with Lambda's minimum concurrency."
  }

  assert {
    condition = { for statement in data.aws_iam_policy_document.record_mail_feedback.statement : statement.sid => [sort(statement.actions), sort(statement.resources)] } == {
      ReadAddress    = [tolist(["dynamodb:GetItem"]), tolist(["arn:aws:dynamodb:eu-central-1:123456789012:table/test-User"])]
      RecordFeedback = [tolist(["dynamodb:UpdateItem"]), tolist(["arn:aws:dynamodb:eu-central-1:123456789012:table/test-User"])]
      TakeMessages   = [tolist(["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"]), tolist([aws_sqs_queue.this.arn])]
    }
    error_message = "The function may only write feedback to users and receive its messages."
  }

  assert {
    condition = (
      { for worker, queue in output.failure_queues : worker => queue.url } == { record_mail_feedback = module.failures.url }
      && output.functions["record_mail_feedback"].invoked_by == "queue"
      && output.work_queues["record_mail_feedback"].name == aws_sqs_queue.this.name
      && output.topics["mail_feedback"].name == aws_sns_topic.this.name
    )
    error_message = "The outputs must name the failure queue for the alarms."
  }
}

run "function_is_not_built" {
  command = plan
  module { source = "./modules/mail_feedback" }
  variables { packages = { bucket = "artifacts", function_packages = {} } }
  expect_failures = [var.packages]
}
