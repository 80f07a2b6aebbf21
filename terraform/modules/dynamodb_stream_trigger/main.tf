module "failures" {
  source  = "../failure_queue"
  context = var.context

  name = var.failure_queue_name
}

resource "aws_lambda_event_source_mapping" "this" {
  event_source_arn = var.stream_arn
  function_name    = var.function_arn

  # From the oldest record on: a record that was written before the mapping works (it takes up to
  # minutes to), or while it was replaced, is not passed over. Functions must be idempotent anyhow.
  starting_position = "TRIM_HORIZON"

  batch_size                         = var.stream.batch_size
  maximum_batching_window_in_seconds = var.stream.maximum_batching_window_in_seconds
  parallelization_factor             = var.stream.parallelization_factor

  filter_criteria {
    filter {
      pattern = jsonencode({ eventName = var.event_names })
    }
  }

  # A record that fails must not block its shard for ever. Where the function reports it, Lambda counts those
  # before it as done and tries again from it on, the good ones behind it too; after some tries or hours the
  # place of all these goes to the queue. A batch is halved only where the call fails as a whole.
  # https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
  function_response_types        = ["ReportBatchItemFailures"]
  bisect_batch_on_function_error = true
  maximum_retry_attempts         = var.maximum_retry_attempts
  maximum_record_age_in_seconds  = var.maximum_record_age_in_seconds

  # Counts of records, of 0 too where there are none: without any, nobody reads the stream. An alarm tells.
  # https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html#event-source-mapping-metrics
  metrics_config {
    metrics = ["EventCount"]
  }

  destination_config {
    on_failure {
      destination_arn = module.failures.arn
    }
  }

  # Lambda checks these rights when the mapping is made.
  depends_on = [aws_iam_role_policy.this]
}
