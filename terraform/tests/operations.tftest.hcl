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
  functions = {
    trigger = { name = "test-Trigger", timeout_seconds = 30, invoked_by = "stream", mapping_uuid = "of-trigger" }
    upload  = { name = "test-Upload", timeout_seconds = 60, invoked_by = "event" }
    task    = { name = "test-Task", timeout_seconds = 10, invoked_by = "state_machine" }
    worker  = { name = "test-Worker", timeout_seconds = 20, invoked_by = "queue" }
    page    = { name = "test-Page", timeout_seconds = 15, invoked_by = "http_api" }
  }
  failure_queues     = { trigger = "test-trigger-failures", upload = "test-upload-failures" }
  work_queues        = { worker = "test-work" }
  topics             = { news = "test-news" }
  state_machine_arns = { SendMail = "arn:aws:states:eu-central-1:123456789012:stateMachine:test-SendMail" }
  http_api_ids       = { web-api = "abcdef" }
  tables             = { user = "test-User", profile = "test-profile" }
  addresses          = ["operators@example.com"]
  thresholds         = { function_errors = 2 }
}

run "functions" {
  module { source = "./modules/operations" }

  assert {
    condition = { for key, alarm in aws_cloudwatch_metric_alarm.function_errors : key => [alarm.alarm_name, alarm.dimensions] } == {
      for key, function in var.functions : key => ["${function.name}-errors", tomap({ FunctionName = function.name })]
    }
    error_message = "Every function must have an alarm on errors."
  }

  assert {
    condition = alltrue([
      for alarm in aws_cloudwatch_metric_alarm.function_errors :
      "AWS/Lambda Errors Sum 300" == "${alarm.namespace} ${alarm.metric_name} ${alarm.statistic} ${alarm.period}"
      && "GreaterThanOrEqualToThreshold 2" == "${alarm.comparison_operator} ${alarm.threshold}"
      && "2 of 3, notBreaching" == "${alarm.datapoints_to_alarm} of ${alarm.evaluation_periods}, ${alarm.treat_missing_data}"
    ])
    error_message = "Persistent errors must raise an alarm, and missing invocations must not."
  }

  assert {
    condition = { for key, alarm in aws_cloudwatch_metric_alarm.function_throttles : key => [alarm.alarm_name, alarm.dimensions] } == {
      for key, function in var.functions : key => ["${function.name}-throttles", tomap({ FunctionName = function.name })]
    }
    error_message = "Every function must have an alarm on throttles."
  }

  assert {
    condition = alltrue([
      for alarm in aws_cloudwatch_metric_alarm.function_throttles :
      "AWS/Lambda Throttles Sum 300" == "${alarm.namespace} ${alarm.metric_name} ${alarm.statistic} ${alarm.period}"
      && "GreaterThanOrEqualToThreshold 1" == "${alarm.comparison_operator} ${alarm.threshold}"
      && "3 of 3, notBreaching" == "${alarm.datapoints_to_alarm} of ${alarm.evaluation_periods}, ${alarm.treat_missing_data}"
    ])
    error_message = "Throttling for 15 minutes must raise an alarm; a short peak must not."
  }

  assert {
    condition = { for key, alarm in aws_cloudwatch_metric_alarm.function_duration : key => [alarm.alarm_name, alarm.dimensions, alarm.threshold] } == {
      for key, function in var.functions : key => ["${function.name}-duration", tomap({ FunctionName = function.name }), function.timeout_seconds * 800]
    }
    error_message = "Every function must have an alarm at 80% of its timeout, in milliseconds."
  }

  assert {
    condition = alltrue([
      for alarm in aws_cloudwatch_metric_alarm.function_duration :
      "AWS/Lambda Duration Maximum 300" == "${alarm.namespace} ${alarm.metric_name} ${alarm.statistic} ${alarm.period}"
      && "GreaterThanThreshold" == alarm.comparison_operator
      && "2 of 3, notBreaching" == "${alarm.datapoints_to_alarm} of ${alarm.evaluation_periods}, ${alarm.treat_missing_data}"
    ])
    error_message = "The alarm must use the maximum, not the average."
  }
}

run "streams_and_events" {
  module { source = "./modules/operations" }

  assert {
    condition     = { for key, alarm in aws_cloudwatch_metric_alarm.iterator_age : key => [alarm.alarm_name, alarm.dimensions] } == { trigger = ["test-Trigger-iterator-age", tomap({ FunctionName = "test-Trigger" })] }
    error_message = "Exactly the functions with a stream must have an alarm on the iterator age."
  }

  assert {
    condition = alltrue([
      for alarm in aws_cloudwatch_metric_alarm.iterator_age :
      "AWS/Lambda IteratorAge Maximum 300" == "${alarm.namespace} ${alarm.metric_name} ${alarm.statistic} ${alarm.period}"
      && "GreaterThanThreshold 900000" == "${alarm.comparison_operator} ${alarm.threshold}"
      && "2 of 3, notBreaching" == "${alarm.datapoints_to_alarm} of ${alarm.evaluation_periods}, ${alarm.treat_missing_data}"
    ])
    error_message = "A record that waits for 15 minutes must raise an alarm; the metric counts milliseconds."
  }

  assert {
    condition     = { for key, alarm in aws_cloudwatch_metric_alarm.event_age : key => [alarm.alarm_name, alarm.dimensions] } == { upload = ["test-Upload-event-age", tomap({ FunctionName = "test-Upload" })] }
    error_message = "Exactly the asynchronously invoked functions must have an alarm on the event age."
  }

  assert {
    condition = alltrue([
      for alarm in aws_cloudwatch_metric_alarm.event_age :
      "AWS/Lambda AsyncEventAge Maximum 300" == "${alarm.namespace} ${alarm.metric_name} ${alarm.statistic} ${alarm.period}"
      && "GreaterThanThreshold 900000" == "${alarm.comparison_operator} ${alarm.threshold}"
      && "2 of 3, notBreaching" == "${alarm.datapoints_to_alarm} of ${alarm.evaluation_periods}, ${alarm.treat_missing_data}"
    ])
    error_message = "An event that waits for 15 minutes must raise an alarm; the metric counts milliseconds."
  }

  assert {
    condition = { for key, alarm in aws_cloudwatch_metric_alarm.lost_events : key => [alarm.alarm_name, alarm.dimensions] } == {
      trigger = ["test-Trigger-lost-events", tomap({ FunctionName = "test-Trigger" })]
      upload  = ["test-Upload-lost-events", tomap({ FunctionName = "test-Upload" })]
    }
    error_message = "There must be an alarm if Lambda can't write to a failure queue."
  }

  assert {
    condition = alltrue([
      for alarm in aws_cloudwatch_metric_alarm.lost_events :
      "AWS/Lambda DestinationDeliveryFailures Sum 300" == "${alarm.namespace} ${alarm.metric_name} ${alarm.statistic} ${alarm.period}"
      && "GreaterThanOrEqualToThreshold 1" == "${alarm.comparison_operator} ${alarm.threshold}"
      && "1 of 1, notBreaching" == "${alarm.datapoints_to_alarm} of ${alarm.evaluation_periods}, ${alarm.treat_missing_data}"
    ])
    error_message = "One lost event must raise an alarm at once."
  }
}

run "queues" {
  module { source = "./modules/operations" }

  assert {
    condition = { for key, alarm in aws_cloudwatch_metric_alarm.failure_queue_depth : key => [alarm.alarm_name, alarm.dimensions] } == {
      for key, queue in var.failure_queues : key => ["${queue}-depth", tomap({ QueueName = queue })]
    }
    error_message = "Every failure queue must have an alarm on its number of messages."
  }

  assert {
    condition = alltrue([
      for alarm in aws_cloudwatch_metric_alarm.failure_queue_depth :
      "AWS/SQS ApproximateNumberOfMessagesVisible Maximum 300" == "${alarm.namespace} ${alarm.metric_name} ${alarm.statistic} ${alarm.period}"
      && "GreaterThanThreshold 0" == "${alarm.comparison_operator} ${alarm.threshold}"
      && "1 of 1, ignore" == "${alarm.datapoints_to_alarm} of ${alarm.evaluation_periods}, ${alarm.treat_missing_data}"
    ])
    error_message = "One message must raise an alarm at once, which stays while SQS reports nothing."
  }

  assert {
    condition = { for key, alarm in aws_cloudwatch_metric_alarm.failure_queue_age : key => [alarm.alarm_name, alarm.dimensions] } == {
      for key, queue in var.failure_queues : key => ["${queue}-age", tomap({ QueueName = queue })]
    }
    error_message = "Every failure queue must have an alarm on messages that stay."
  }

  assert {
    condition = alltrue([
      for alarm in aws_cloudwatch_metric_alarm.failure_queue_age :
      "AWS/SQS ApproximateNumberOfMessagesVisible Maximum 300" == "${alarm.namespace} ${alarm.metric_name} ${alarm.statistic} ${alarm.period}"
      && "GreaterThanThreshold 0" == "${alarm.comparison_operator} ${alarm.threshold}"
      && "48 of 48, ignore" == "${alarm.datapoints_to_alarm} of ${alarm.evaluation_periods}, ${alarm.treat_missing_data}"
    ])
    error_message = "A failure queue that holds messages in 48 periods of 5 minutes must raise an alarm, however often they were received."
  }

  assert {
    condition = { for key, alarm in aws_cloudwatch_metric_alarm.work_queue_backlog : key => [alarm.alarm_name, alarm.dimensions] } == {
      worker = ["test-work-backlog", tomap({ QueueName = "test-work" })]
    }
    error_message = "Every work queue must have an alarm."
  }

  assert {
    condition = alltrue([
      for alarm in aws_cloudwatch_metric_alarm.work_queue_backlog :
      "AWS/SQS ApproximateAgeOfOldestMessage Maximum 300" == "${alarm.namespace} ${alarm.metric_name} ${alarm.statistic} ${alarm.period}"
      && "GreaterThanThreshold 900" == "${alarm.comparison_operator} ${alarm.threshold}"
      && "2 of 3, ignore" == "${alarm.datapoints_to_alarm} of ${alarm.evaluation_periods}, ${alarm.treat_missing_data}"
    ])
    error_message = "A message that waits for 15 minutes must raise an alarm."
  }
}

run "streams_are_read" {
  module { source = "./modules/operations" }

  assert {
    condition = { for key, alarm in aws_cloudwatch_metric_alarm.stream_not_read : key => [alarm.alarm_name, alarm.dimensions] } == {
      trigger = ["test-Trigger-not-read", tomap({ EventSourceMappingUUID = "of-trigger" })]
    }
    error_message = "Every function with a stream must have an alarm if its stream is not read."
  }

  assert {
    condition = alltrue([
      for alarm in aws_cloudwatch_metric_alarm.stream_not_read :
      "AWS/Lambda PolledEventCount SampleCount 300" == "${alarm.namespace} ${alarm.metric_name} ${alarm.statistic} ${alarm.period}"
      && "LessThanThreshold 1" == "${alarm.comparison_operator} ${alarm.threshold}"
      && "3 of 3, breaching" == "${alarm.datapoints_to_alarm} of ${alarm.evaluation_periods}, ${alarm.treat_missing_data}"
    ])
    error_message = "A stream without metrics for 15 minutes must raise an alarm."
  }
}

run "topics" {
  module { source = "./modules/operations" }

  assert {
    condition = { for key, alarm in aws_cloudwatch_metric_alarm.notifications_failed : key => [alarm.alarm_name, alarm.dimensions] } == {
      news   = ["test-news-notifications-failed", tomap({ TopicName = "test-news" })]
      alarms = ["test-alarms-notifications-failed", tomap({ TopicName = "test-alarms" })]
    }
    error_message = "Every topic must have an alarm, including that of the alarms."
  }

  assert {
    condition = alltrue([
      for alarm in aws_cloudwatch_metric_alarm.notifications_failed :
      "AWS/SNS NumberOfNotificationsFailed Sum 300" == "${alarm.namespace} ${alarm.metric_name} ${alarm.statistic} ${alarm.period}"
      && "GreaterThanThreshold 0" == "${alarm.comparison_operator} ${alarm.threshold}"
      && "1 of 1, notBreaching" == "${alarm.datapoints_to_alarm} of ${alarm.evaluation_periods}, ${alarm.treat_missing_data}"
    ])
    error_message = "A lost notification must raise an alarm."
  }
}

run "executions_api_and_mails" {
  module { source = "./modules/operations" }

  assert {
    condition = {
      for metric, alarms in {
        ExecutionsFailed   = aws_cloudwatch_metric_alarm.executions_failed
        ExecutionsTimedOut = aws_cloudwatch_metric_alarm.executions_timed_out
        ExecutionsAborted  = aws_cloudwatch_metric_alarm.executions_aborted
        ExecutionThrottled = aws_cloudwatch_metric_alarm.executions_throttled
        } : metric => [
        alarms["SendMail"].alarm_name, alarms["SendMail"].metric_name, alarms["SendMail"].datapoints_to_alarm, alarms["SendMail"].evaluation_periods
      ]
      } == {
      ExecutionsFailed   = ["test-SendMail-executions-failed", "ExecutionsFailed", 1, 1]
      ExecutionsTimedOut = ["test-SendMail-executions-timed-out", "ExecutionsTimedOut", 1, 1]
      ExecutionsAborted  = ["test-SendMail-executions-aborted", "ExecutionsAborted", 1, 1]
      ExecutionThrottled = ["test-SendMail-executions-throttled", "ExecutionThrottled", 3, 3]
    }
    error_message = "Each kind of unsuccessful execution must raise an alarm at once; throttling only after 15 minutes."
  }

  assert {
    condition = alltrue([
      for alarm in [
        aws_cloudwatch_metric_alarm.executions_failed["SendMail"],
        aws_cloudwatch_metric_alarm.executions_timed_out["SendMail"],
        aws_cloudwatch_metric_alarm.executions_aborted["SendMail"],
        aws_cloudwatch_metric_alarm.executions_throttled["SendMail"],
      ] :
      "AWS/States Sum 300" == "${alarm.namespace} ${alarm.statistic} ${alarm.period}"
      && "GreaterThanOrEqualToThreshold 1, notBreaching" == "${alarm.comparison_operator} ${alarm.threshold}, ${alarm.treat_missing_data}"
      && alarm.dimensions == tomap({ StateMachineArn = "arn:aws:states:eu-central-1:123456789012:stateMachine:test-SendMail" })
    ])
    error_message = "The alarms must count the executions of this state machine."
  }

  assert {
    condition = (
      keys(aws_cloudwatch_metric_alarm.http_5xx) == ["web-api"]
      && aws_cloudwatch_metric_alarm.http_5xx["web-api"].alarm_name == "test-web-api-5xx"
      && aws_cloudwatch_metric_alarm.http_5xx["web-api"].namespace == "AWS/ApiGateway"
      && aws_cloudwatch_metric_alarm.http_5xx["web-api"].metric_name == "5xx" # of HTTP APIs; REST APIs have 5XXError
      && aws_cloudwatch_metric_alarm.http_5xx["web-api"].dimensions == tomap({ ApiId = "abcdef" })
      && aws_cloudwatch_metric_alarm.http_5xx["web-api"].statistic == "Sum"
      && aws_cloudwatch_metric_alarm.http_5xx["web-api"].period == 300
      && aws_cloudwatch_metric_alarm.http_5xx["web-api"].comparison_operator == "GreaterThanOrEqualToThreshold"
      && aws_cloudwatch_metric_alarm.http_5xx["web-api"].threshold == 3
      && aws_cloudwatch_metric_alarm.http_5xx["web-api"].datapoints_to_alarm == 1
      && aws_cloudwatch_metric_alarm.http_5xx["web-api"].evaluation_periods == 1
      && aws_cloudwatch_metric_alarm.http_5xx["web-api"].treat_missing_data == "notBreaching"
    )
    error_message = "Three 5xx responses within five minutes must raise an alarm."
  }

  assert {
    condition = [
      for alarm in [aws_cloudwatch_metric_alarm.bounce_rate[0], aws_cloudwatch_metric_alarm.complaint_rate[0]] :
      "${alarm.alarm_name} ${alarm.namespace} ${alarm.metric_name} ${alarm.statistic} ${alarm.period} ${alarm.comparison_operator} ${alarm.threshold} ${alarm.datapoints_to_alarm}/${alarm.evaluation_periods} ${alarm.treat_missing_data}"
      ] == [
      "test-bounce-rate AWS/SES Reputation.BounceRate Average 3600 GreaterThanThreshold 0.025 1/1 ignore",
      "test-complaint-rate AWS/SES Reputation.ComplaintRate Average 3600 GreaterThanThreshold 0.0005 1/1 ignore",
    ]
    error_message = "Half of the rate at which AWS reviews an account must raise an alarm."
  }

  assert {
    condition     = length(coalesce(aws_cloudwatch_metric_alarm.bounce_rate[0].dimensions, {})) == 0 && length(coalesce(aws_cloudwatch_metric_alarm.complaint_rate[0].dimensions, {})) == 0
    error_message = "The metrics must have no dimension: AWS judges the account's rates."
  }
}

run "who_is_told" {
  module { source = "./modules/operations" }

  assert {
    # 5 functions x 3, + 3 for a stream, + 2 for events; 2 failure queues x 2; 1 work queue; 4 for executions,
    # 1 for the API, 2 for mails; 2 topics.
    condition = length(local.alarms) == 34 && alltrue([
      for alarm in local.alarms :
      alarm.alarm_actions == toset([aws_sns_topic.this.arn]) && alarm.actions_enabled != false && length(coalesce(alarm.ok_actions, [])) == 0
    ])
    error_message = "Every alarm must notify the topic when it starts, and not when it ends."
  }

  assert {
    condition     = length(distinct(local.alarms[*].alarm_name)) == length(local.alarms) && sort(output.alarm_names) == sort(local.alarms[*].alarm_name)
    error_message = "Each alarm must have a unique name, which the outputs list."
  }

  assert {
    condition     = alltrue([for alarm in local.alarms : startswith(alarm.alarm_name, "test-") && length(alarm.alarm_description) <= 1024])
    error_message = "Each name must start with the prefix, as the topic's policy requires."
  }

  assert {
    condition = (
      { for key, subscription in aws_sns_topic_subscription.mail : key => [subscription.protocol, subscription.endpoint, subscription.topic_arn] } ==
      { "operators@example.com" = ["email", "operators@example.com", aws_sns_topic.this.arn] }
    )
    error_message = "Each address must be subscribed."
  }

  assert {
    condition = (
      aws_sns_topic.this.name == "test-alarms"
      && aws_sns_topic.this.kms_master_key_id == null
      && data.aws_iam_policy_document.topic.statement[0].actions == toset(["sns:Publish"])
      && data.aws_iam_policy_document.topic.statement[0].resources == toset(["arn:aws:sns:eu-central-1:123456789012:test-alarms"])
      && one(data.aws_iam_policy_document.topic.statement[0].principals).identifiers == toset(["cloudwatch.amazonaws.com"])
    )
    error_message = "The topic must not use the AWS managed key, as CloudWatch could not publish."
  }

  assert {
    condition = { for condition in data.aws_iam_policy_document.topic.statement[0].condition : condition.variable => condition.values } == {
      "aws:SourceAccount" = tolist(["123456789012"])
      "aws:SourceArn"     = tolist(["arn:aws:cloudwatch:eu-central-1:123456789012:alarm:test-*"])
    }
    error_message = "Only alarms of this deployment may publish."
  }

  assert {
    condition = (
      data.aws_iam_policy_document.topic.statement[1].effect == "Deny"
      && one(data.aws_iam_policy_document.topic.statement[1].condition).variable == "aws:SecureTransport"
      && length(data.aws_iam_policy_document.topic.statement) == 2
    )
    error_message = "Requests without TLS must be refused."
  }
}

run "runbooks_in_the_repository" {
  module { source = "./modules/operations" }

  assert {
    condition = alltrue([
      for alarm in local.alarms : can(regex("[.] What to do: docs/runbooks/[a-z0-9-]+[.]md$", alarm.alarm_description))
    ])
    error_message = "Without runbook_url, each description must end with the path of the alarm's page."
  }
}

run "runbooks_at_an_address" {
  module { source = "./modules/operations" }
  variables { runbook_url = "https://example.com/runbooks/" }

  assert {
    condition = alltrue([
      for alarm in local.alarms : can(regex("[.] What to do: https://example.com/runbooks/[a-z0-9-]+[.]md$", alarm.alarm_description))
    ])
    error_message = "With runbook_url, each description must end with the URL of the alarm's page."
  }

  assert {
    condition     = one(aws_cloudwatch_metric_alarm.bounce_rate).alarm_description == "More than 2.5% of the account's mails bounce. At 5% AWS reviews the account, at 10% it may stop all sending. What to do: https://example.com/runbooks/bounce-rate.md"
    error_message = "The page must be named after the end of the alarm's name."
  }
}

run "runbook_url_must_be_an_address" {
  command = plan
  module { source = "./modules/operations" }
  variables { runbook_url = "docs/runbooks" }
  expect_failures = [var.runbook_url]
}

run "own_key" {
  module { source = "./modules/operations" }
  variables { context = merge(var.context, { encryption = { kms_key_arn = "arn:aws:kms:eu-central-1:123456789012:key/one" } }) }

  assert {
    condition     = aws_sns_topic.this.kms_master_key_id == "arn:aws:kms:eu-central-1:123456789012:key/one"
    error_message = "The topic must be encrypted by the key."
  }
}

run "dashboard" {
  module { source = "./modules/operations" }

  assert {
    condition     = aws_cloudwatch_dashboard.this.dashboard_name == "test-eu-central-1" && output.dashboard_name == "test-eu-central-1"
    error_message = "The dashboard's name must contain the deployment and its region, as it must be unique in the account."
  }

  assert {
    condition = alltrue([
      for name in concat(values(var.functions)[*].name, values(var.failure_queues), values(var.work_queues), values(var.tables), values(var.state_machine_arns), values(var.http_api_ids)) :
      strcontains(aws_cloudwatch_dashboard.this.dashboard_body, "\"${name}\"")
    ])
    error_message = "Every function, queue, table, state machine and API must be on the dashboard."
  }

  assert {
    condition = alltrue([
      for metric in [
        "Invocations", "Errors", "Throttles", "Duration", "ConcurrentExecutions", "IteratorAge", "AsyncEventAge",
        "ApproximateNumberOfMessagesVisible", "ApproximateAgeOfOldestMessage", "ExecutionsFailed", "5xx", "Latency",
        "Reputation.BounceRate", "Reputation.ComplaintRate", "WriteThrottleEvents",
      ] : strcontains(aws_cloudwatch_dashboard.this.dashboard_body, "\"${metric}\"")
    ])
    error_message = "The dashboard must show every metric of the alarms."
  }

  assert {
    condition     = length([for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : widget if widget.type == "alarm" && length(try(widget.properties.alarms, [])) == 34]) == 1
    error_message = "The dashboard must show all alarms in one widget."
  }

  assert {
    condition = alltrue([
      for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets :
      widget.properties.region == "eu-central-1" && length(widget.properties.metrics) > 0 if widget.type == "metric"
    ])
    error_message = "Every graph must have a region and a metric."
  }
}

run "with_an_application_of_ones_own" {
  command = plan
  module { source = "./modules/operations" }

  variables {
    http_api_ids = {}
    work_queues  = {}
    addresses    = []
  }

  assert {
    condition     = length(aws_cloudwatch_metric_alarm.http_5xx) == 0 && length(aws_sns_topic_subscription.mail) == 0
    error_message = "Empty inputs must create no alarms and no subscriptions."
  }
}

run "without_mails" {
  command = plan
  module { source = "./modules/operations" }
  variables { sends_mails = false }

  assert {
    condition = (
      length(aws_cloudwatch_metric_alarm.bounce_rate) == 0 && length(aws_cloudwatch_metric_alarm.complaint_rate) == 0
      && length([for graph in local.graphs : graph if startswith(graph.title, "Mails") && length(graph.metrics) > 0]) == 0
    )
    error_message = "A deployment that sends no mails must have no alarms on the account's rates."
  }
}

run "unknown_caller" {
  command = plan
  module { source = "./modules/operations" }
  variables { functions = { one = { name = "test-One", timeout_seconds = 3, invoked_by = "cron" } } }
  expect_failures = [var.functions]
}

run "stream_without_its_mapping" {
  command = plan
  module { source = "./modules/operations" }
  variables { functions = { one = { name = "test-One", timeout_seconds = 3, invoked_by = "stream" } } }
  expect_failures = [var.functions]
}

run "address_that_is_none" {
  command = plan
  module { source = "./modules/operations" }
  variables { addresses = ["operators@example.com", "nobody"] }
  expect_failures = [var.addresses]
}

run "alarm_on_no_error" {
  command = plan
  module { source = "./modules/operations" }
  variables { thresholds = { function_errors = 0 } }
  expect_failures = [var.thresholds]
}

run "alarm_on_a_call_that_is_ended" {
  command = plan
  module { source = "./modules/operations" }
  variables { thresholds = { duration_percent = 100 } }
  expect_failures = [var.thresholds]
}

run "records_that_were_given_up" {
  command = plan
  module { source = "./modules/operations" }
  variables { thresholds = { waiting_seconds = 43200 } }
  expect_failures = [var.thresholds]
}

run "age_that_sqs_never_reports" {
  command = plan
  module { source = "./modules/operations" }
  variables { thresholds = { failure_age_seconds = 18300 } }
  expect_failures = [var.thresholds]
}

run "age_between_two_periods" {
  command = plan
  module { source = "./modules/operations" }
  variables { thresholds = { failure_age_seconds = 14500 } }
  expect_failures = [var.thresholds]
}

run "half_an_error" {
  command = plan
  module { source = "./modules/operations" }
  variables { thresholds = { http_5xx = 1.5 } }
  expect_failures = [var.thresholds]
}

run "rate_in_percent" {
  command = plan
  module { source = "./modules/operations" }
  variables { thresholds = { bounce_rate = 2.5 } }
  expect_failures = [var.thresholds]
}
