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
  stream_arn         = "arn:aws:dynamodb:eu-central-1:123456789012:table/User/stream/2026-01-01T00:00:00.000"
  function_arn       = "arn:aws:lambda:eu-central-1:123456789012:function:trigger"
  role_name          = "trigger"
  failure_queue_name = "trigger-failures"
  event_names        = ["INSERT", "MODIFY"]
  stream             = { batch_size = 25, maximum_batching_window_in_seconds = 1, parallelization_factor = 2 }
}

run "mapping" {
  module { source = "./modules/dynamodb_stream_trigger" }

  assert {
    condition     = jsondecode(one(aws_lambda_event_source_mapping.this.filter_criteria[0].filter).pattern) == { eventName = ["INSERT", "MODIFY"] }
    error_message = "Only the named kinds of change may invoke the function."
  }

  assert {
    condition     = one(aws_lambda_event_source_mapping.this.metrics_config).metrics == toset(["EventCount"]) && output.mapping_uuid == aws_lambda_event_source_mapping.this.uuid
    error_message = "The mapping must report whether it reads the stream."
  }

  assert {
    condition     = aws_lambda_event_source_mapping.this.function_response_types == toset(["ReportBatchItemFailures"])
    error_message = "A failed record must not make its whole batch fail."
  }

  assert {
    condition = (
      aws_lambda_event_source_mapping.this.bisect_batch_on_function_error
      && aws_lambda_event_source_mapping.this.maximum_retry_attempts == 5
      && aws_lambda_event_source_mapping.this.maximum_record_age_in_seconds == 43200
    )
    error_message = "A poison record must be isolated and discarded within the stream's 24 hours."
  }

  assert {
    condition     = aws_lambda_event_source_mapping.this.destination_config[0].on_failure[0].destination_arn == output.failure_queue_arn
    error_message = "Discarded batches must go to the queue."
  }

  assert {
    condition     = aws_lambda_event_source_mapping.this.starting_position == "TRIM_HORIZON"
    error_message = "The mapping must start at the oldest record."
  }

  assert {
    condition = (
      aws_lambda_event_source_mapping.this.batch_size == 25
      && aws_lambda_event_source_mapping.this.maximum_batching_window_in_seconds == 1
      && aws_lambda_event_source_mapping.this.parallelization_factor == 2
    )
    error_message = "Batches must have the given settings."
  }

  assert {
    condition = { for statement in data.aws_iam_policy_document.this.statement : statement.sid => [sort(statement.actions), sort(statement.resources)] } == {
      ReadStream = [
        tolist(["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"]),
        tolist([var.stream_arn]),
      ]
      SendFailures = [tolist(["sqs:SendMessage"]), tolist([output.failure_queue_arn])]
    }
    error_message = "The role may only read this stream and write to this queue."
  }
}

run "own_key" {
  module { source = "./modules/dynamodb_stream_trigger" }
  variables { context = merge(var.context, { encryption = { kms_key_arn = "arn:aws:kms:eu-central-1:123456789012:key/one" }, former_kms_key_arns = ["arn:aws:kms:eu-central-1:123456789012:key/former"] }) }

  assert {
    condition = {
      for statement in data.aws_iam_policy_document.this.statement :
      statement.sid => [sort(statement.actions), sort(statement.resources), one(statement.condition[*].variable), one(statement.condition[*].values)]
      if length(statement.condition) > 0
      } == {
      ReadFormerlyEncryptedStream = [tolist(["kms:Decrypt"]), tolist(var.context.former_kms_key_arns), "kms:ViaService", tolist(["dynamodb.eu-central-1.amazonaws.com"])]
      ReadEncryptedStream         = [tolist(["kms:Decrypt"]), tolist([var.context.encryption.kms_key_arn]), "kms:ViaService", tolist(["dynamodb.eu-central-1.amazonaws.com"])]
      EncryptFailures             = [tolist(["kms:Decrypt", "kms:GenerateDataKey"]), tolist([var.context.encryption.kms_key_arn]), "kms:ViaService", tolist(["sqs.eu-central-1.amazonaws.com"])]
    }
    error_message = "The role may use the key only to read the stream and to write to the queue, and a former key only to read."
  }

  assert {
    condition     = output.maximum_concurrency == 8
    error_message = "Of each of a new table's 4 shards, 2 batches may be processed at once."
  }

  assert {
    condition     = output.failure_queue_name == "trigger-failures"
    error_message = "Alarms find the queue by its name."
  }
}

run "unknown_kind_of_change" {
  command = plan
  module { source = "./modules/dynamodb_stream_trigger" }
  variables { event_names = ["UPDATE"] }
  expect_failures = [var.event_names]
}

run "no_kind_of_change" {
  command = plan
  module { source = "./modules/dynamodb_stream_trigger" }
  variables { event_names = [] }
  expect_failures = [var.event_names]
}

run "batch_of_nothing" {
  command = plan
  module { source = "./modules/dynamodb_stream_trigger" }
  variables { stream = { batch_size = 0, maximum_batching_window_in_seconds = 0, parallelization_factor = 1 } }
  expect_failures = [var.stream]
}

run "too_much_in_parallel" {
  command = plan
  module { source = "./modules/dynamodb_stream_trigger" }
  variables { stream = { batch_size = 1, maximum_batching_window_in_seconds = 0, parallelization_factor = 11 } }
  expect_failures = [var.stream]
}

run "retries_without_end" {
  command = plan
  module { source = "./modules/dynamodb_stream_trigger" }
  variables { maximum_retry_attempts = -1 }
  expect_failures = [var.maximum_retry_attempts]
}

run "records_older_than_the_stream_keeps" {
  command = plan
  module { source = "./modules/dynamodb_stream_trigger" }
  variables { maximum_record_age_in_seconds = 86400 }
  expect_failures = [var.maximum_record_age_in_seconds]
}
