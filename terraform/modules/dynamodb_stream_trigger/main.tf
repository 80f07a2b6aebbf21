module "failures" {
  source  = "../failure_queue"
  context = var.context

  name = var.failure_queue_name
}

resource "aws_lambda_event_source_mapping" "this" {
  event_source_arn = var.stream_arn
  function_name    = var.function_arn

  # Start at the oldest record: a new mapping takes up to minutes to work and must not skip records
  # written until then. Functions are idempotent anyway.
  starting_position = "TRIM_HORIZON"

  batch_size                         = var.stream.batch_size
  maximum_batching_window_in_seconds = var.stream.maximum_batching_window_in_seconds
  parallelization_factor             = var.stream.parallelization_factor

  filter_criteria {
    filter {
      pattern = jsonencode({ eventName = var.event_names })
    }
  }

  # A failing record must not block its shard for ever. Lambda retries from the first record that the function
  # reports, including the good ones after it; after the last try or at the maximum age it sends their position
  # to the queue. It bisects a batch only if the whole invocation fails.
  # https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
  function_response_types        = ["ReportBatchItemFailures"]
  bisect_batch_on_function_error = true
  maximum_retry_attempts         = var.maximum_retry_attempts
  maximum_record_age_in_seconds  = var.maximum_record_age_in_seconds

  # EventCount is reported even when it is 0. If it is missing, nothing reads the stream, and an alarm goes off.
  # https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html#event-source-mapping-metrics
  metrics_config {
    metrics = ["EventCount"]
  }

  destination_config {
    on_failure {
      destination_arn = module.failures.arn
    }
  }

  # Lambda checks these permissions when the mapping is created.
  depends_on = [aws_iam_role_policy.this]
}
