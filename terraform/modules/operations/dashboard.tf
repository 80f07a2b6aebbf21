locals {
  # In the order of the alarms_*.tf files.
  alarms = concat(
    values(aws_cloudwatch_metric_alarm.function_errors),
    values(aws_cloudwatch_metric_alarm.function_throttles),
    values(aws_cloudwatch_metric_alarm.function_duration),
    values(aws_cloudwatch_metric_alarm.iterator_age),
    values(aws_cloudwatch_metric_alarm.stream_not_read),
    values(aws_cloudwatch_metric_alarm.event_age),
    values(aws_cloudwatch_metric_alarm.lost_events),
    values(aws_cloudwatch_metric_alarm.failure_queue_depth),
    values(aws_cloudwatch_metric_alarm.failure_queue_age),
    values(aws_cloudwatch_metric_alarm.work_queue_backlog),
    values(aws_cloudwatch_metric_alarm.executions_failed),
    values(aws_cloudwatch_metric_alarm.executions_timed_out),
    values(aws_cloudwatch_metric_alarm.executions_aborted),
    values(aws_cloudwatch_metric_alarm.executions_throttled),
    values(aws_cloudwatch_metric_alarm.http_5xx),
    aws_cloudwatch_metric_alarm.bounce_rate,
    aws_cloudwatch_metric_alarm.complaint_rate,
    values(aws_cloudwatch_metric_alarm.notifications_failed),
  )

  function_names = values(var.functions)[*].name
  queue_names    = concat(values(var.failure_queues), values(var.work_queues))

  # Each graph has a title, a statistic and its metrics in the format of the dashboard's JSON:
  # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
  graphs = concat(
    [
      for metric, graph in {
        Invocations          = { title = "Functions: calls", stat = "Sum" }
        Errors               = { title = "Functions: errors", stat = "Sum" }
        Throttles            = { title = "Functions: throttled calls", stat = "Sum" }
        Duration             = { title = "Functions: longest call, ms", stat = "Maximum" }
        ConcurrentExecutions = { title = "Functions: at once", stat = "Maximum" }
      } :
      merge(graph, { metrics = [for name in local.function_names : ["AWS/Lambda", metric, "FunctionName", name]] })
    ],
    [
      {
        title = "Streams and events: age, ms"
        stat  = "Maximum"
        metrics = concat(
          [for function in local.stream_functions : ["AWS/Lambda", "IteratorAge", "FunctionName", function.name]],
          [for function in local.event_functions : ["AWS/Lambda", "AsyncEventAge", "FunctionName", function.name]],
        )
      },
      {
        title   = "Queues: messages"
        stat    = "Maximum"
        metrics = [for name in local.queue_names : ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", name]]
      },
      {
        title   = "Queues: age of the oldest message, s"
        stat    = "Maximum"
        metrics = [for name in local.queue_names : ["AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", name]]
      },
      {
        title = "Executions"
        stat  = "Sum"
        metrics = [
          for pair in setproduct(
            ["ExecutionsStarted", "ExecutionsSucceeded", "ExecutionsFailed", "ExecutionsTimedOut", "ExecutionsAborted", "ExecutionThrottled"],
            values(var.state_machine_arns),
          ) : ["AWS/States", pair[0], "StateMachineArn", pair[1]]
        ]
      },
      {
        title   = "HTTP API: requests and errors"
        stat    = "Sum"
        metrics = [for pair in setproduct(["Count", "4xx", "5xx"], values(var.http_api_ids)) : ["AWS/ApiGateway", pair[0], "ApiId", pair[1]]]
      },
      {
        title   = "HTTP API: slowest of a hundred answers, ms"
        stat    = "p99"
        metrics = [for id in values(var.http_api_ids) : ["AWS/ApiGateway", "Latency", "ApiId", id]]
      },
      {
        title   = "Mails of the account"
        stat    = "Sum"
        metrics = [for metric in ["Send", "Delivery", "Bounce", "Complaint", "Reject"] : ["AWS/SES", metric] if var.sends_mails]
      },
      {
        title   = "Mails of the account: share of bounces and complaints"
        stat    = "Average"
        metrics = [for metric in ["Reputation.BounceRate", "Reputation.ComplaintRate"] : ["AWS/SES", metric] if var.sends_mails]
      },
      {
        title = "Tables: throttled requests"
        stat  = "Sum"
        metrics = [
          for pair in setproduct(["ReadThrottleEvents", "WriteThrottleEvents"], values(var.tables)) :
          ["AWS/DynamoDB", pair[0], "TableName", pair[1]]
        ]
      },
      {
        title = "Tables: capacity units used"
        stat  = "Sum"
        metrics = [
          for pair in setproduct(["ConsumedReadCapacityUnits", "ConsumedWriteCapacityUnits"], values(var.tables)) :
          ["AWS/DynamoDB", pair[0], "TableName", pair[1]]
        ]
      },
    ],
  )
}

resource "aws_cloudwatch_dashboard" "this" {
  # Dashboard names are unique in the account, across regions.
  dashboard_name = "${var.context.prefix}-${var.context.region}"

  # Without positions CloudWatch places the widgets in order, three in a row.
  dashboard_body = jsonencode({
    widgets = concat(
      [
        {
          type       = "text"
          width      = 24
          height     = 2
          properties = { markdown = "# ${var.context.prefix}\nWhat each alarm means and what to do: ${var.runbook_url == null ? "docs/operations.md" : trimsuffix(var.runbook_url, "/")}" }
        },
        {
          type       = "alarm"
          width      = 24
          height     = 6
          properties = { title = "Alarms", alarms = local.alarms[*].arn }
        },
      ],
      [
        for graph in local.graphs : {
          type   = "metric"
          width  = 8
          height = 6
          properties = {
            title   = graph.title
            stat    = graph.stat
            metrics = graph.metrics
            period  = local.period_seconds
            region  = var.context.region
            view    = "timeSeries"
          }
        }
        # Skip empty graphs, such as that of the API without enable_web_api.
        if length(graph.metrics) > 0
      ],
    )
  })
}
