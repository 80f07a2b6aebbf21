mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  context = {
    prefix     = "test"
    partition  = "aws"
    region     = "eu-central-1"
    account_id = "123456789012"
    logs       = { level = "INFO", retention_days = 30 }
    tracing    = false
    encryption = null
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
    error_message = "Every function's errors must be watched."
  }

  assert {
    condition = alltrue([
      for alarm in aws_cloudwatch_metric_alarm.function_errors :
      "AWS/Lambda Errors Sum 300" == "${alarm.namespace} ${alarm.metric_name} ${alarm.statistic} ${alarm.period}"
      && "GreaterThanOrEqualToThreshold 2" == "${alarm.comparison_operator} ${alarm.threshold}"
      && "2 of 3, notBreaching" == "${alarm.datapoints_to_alarm} of ${alarm.evaluation_periods}, ${alarm.treat_missing_data}"
    ])
    error_message = "Errors that go on must be an alarm, and no calls none."
  }

  assert {
    condition = { for key, alarm in aws_cloudwatch_metric_alarm.function_throttles : key => [alarm.alarm_name, alarm.dimensions] } == {
      for key, function in var.functions : key => ["${function.name}-throttles", tomap({ FunctionName = function.name })]
    }
    error_message = "Every function's throttles must be watched."
  }

  assert {
    condition = alltrue([
      for alarm in aws_cloudwatch_metric_alarm.function_throttles :
      "AWS/Lambda Throttles Sum 300" == "${alarm.namespace} ${alarm.metric_name} ${alarm.statistic} ${alarm.period}"
      && "GreaterThanOrEqualToThreshold 1" == "${alarm.comparison_operator} ${alarm.threshold}"
      && "3 of 3, notBreaching" == "${alarm.datapoints_to_alarm} of ${alarm.evaluation_periods}, ${alarm.treat_missing_data}"
    ])
    error_message = "A quarter of an hour of throttles must be an alarm; a peak that is worked off none."
  }

  assert {
    condition = { for key, alarm in aws_cloudwatch_metric_alarm.function_duration : key => [alarm.alarm_name, alarm.dimensions, alarm.threshold] } == {
      for key, function in var.functions : key => ["${function.name}-duration", tomap({ FunctionName = function.name }), function.timeout_seconds * 800]
    }
    error_message = "Every function's calls must be held against 80% of its own time-out, in milliseconds."
  }

  assert {
    condition = alltrue([
      for alarm in aws_cloudwatch_metric_alarm.function_duration :
      "AWS/Lambda Duration Maximum 300" == "${alarm.namespace} ${alarm.metric_name} ${alarm.statistic} ${alarm.period}"
      && "GreaterThanThreshold" == alarm.comparison_operator
      && "2 of 3, notBreaching" == "${alarm.datapoints_to_alarm} of ${alarm.evaluation_periods}, ${alarm.treat_missing_data}"
    ])
    error_message = "The longest call must count, not the average."
  }
}

run "streams_and_events" {
  module { source = "./modules/operations" }

  assert {
    condition     = { for key, alarm in aws_cloudwatch_metric_alarm.iterator_age : key => [alarm.alarm_name, alarm.dimensions] } == { trigger = ["test-Trigger-iterator-age", tomap({ FunctionName = "test-Trigger" })] }
    error_message = "Functions of streams, and only they, have an iterator."
  }

  assert {
    condition = alltrue([
      for alarm in aws_cloudwatch_metric_alarm.iterator_age :
      "AWS/Lambda IteratorAge Maximum 300" == "${alarm.namespace} ${alarm.metric_name} ${alarm.statistic} ${alarm.period}"
      && "GreaterThanThreshold 900000" == "${alarm.comparison_operator} ${alarm.threshold}"
      && "2 of 3, notBreaching" == "${alarm.datapoints_to_alarm} of ${alarm.evaluation_periods}, ${alarm.treat_missing_data}"
    ])
    error_message = "Records that wait for 15 minutes must be an alarm; the metric counts milliseconds."
  }

  assert {
    condition     = { for key, alarm in aws_cloudwatch_metric_alarm.event_age : key => [alarm.alarm_name, alarm.dimensions] } == { upload = ["test-Upload-event-age", tomap({ FunctionName = "test-Upload" })] }
    error_message = "Functions that are called asynchronously, and only they, have events that wait."
  }

  assert {
    condition = alltrue([
      for alarm in aws_cloudwatch_metric_alarm.event_age :
      "AWS/Lambda AsyncEventAge Maximum 300" == "${alarm.namespace} ${alarm.metric_name} ${alarm.statistic} ${alarm.period}"
      && "GreaterThanThreshold 900000" == "${alarm.comparison_operator} ${alarm.threshold}"
      && "2 of 3, notBreaching" == "${alarm.datapoints_to_alarm} of ${alarm.evaluation_periods}, ${alarm.treat_missing_data}"
    ])
    error_message = "Events that wait for 15 minutes must be an alarm; the metric counts milliseconds."
  }

  assert {
    condition = { for key, alarm in aws_cloudwatch_metric_alarm.lost_events : key => [alarm.alarm_name, alarm.dimensions] } == {
      trigger = ["test-Trigger-lost-events", tomap({ FunctionName = "test-Trigger" })]
      upload  = ["test-Upload-lost-events", tomap({ FunctionName = "test-Upload" })]
    }
    error_message = "Where Lambda itself fills a failure queue, it must be known when it can't."
  }

  assert {
    condition = alltrue([
      for alarm in aws_cloudwatch_metric_alarm.lost_events :
      "AWS/Lambda DestinationDeliveryFailures Sum 300" == "${alarm.namespace} ${alarm.metric_name} ${alarm.statistic} ${alarm.period}"
      && "GreaterThanOrEqualToThreshold 1" == "${alarm.comparison_operator} ${alarm.threshold}"
      && "1 of 1, notBreaching" == "${alarm.datapoints_to_alarm} of ${alarm.evaluation_periods}, ${alarm.treat_missing_data}"
    ])
    error_message = "One lost event must be an alarm at once."
  }
}

run "queues" {
  module { source = "./modules/operations" }

  assert {
    condition = { for key, alarm in aws_cloudwatch_metric_alarm.failure_queue_depth : key => [alarm.alarm_name, alarm.dimensions] } == {
      for key, queue in var.failure_queues : key => ["${queue}-depth", tomap({ QueueName = queue })]
    }
    error_message = "Every failure queue's messages must be counted."
  }

  assert {
    condition = alltrue([
      for alarm in aws_cloudwatch_metric_alarm.failure_queue_depth :
      "AWS/SQS ApproximateNumberOfMessagesVisible Maximum 300" == "${alarm.namespace} ${alarm.metric_name} ${alarm.statistic} ${alarm.period}"
      && "GreaterThanThreshold 0" == "${alarm.comparison_operator} ${alarm.threshold}"
      && "1 of 1, ignore" == "${alarm.datapoints_to_alarm} of ${alarm.evaluation_periods}, ${alarm.treat_missing_data}"
    ])
    error_message = "One message must be an alarm at once, and stay one while SQS says nothing."
  }

  assert {
    condition = { for key, alarm in aws_cloudwatch_metric_alarm.failure_queue_age : key => [alarm.alarm_name, alarm.dimensions] } == {
      for key, queue in var.failure_queues : key => ["${queue}-age", tomap({ QueueName = queue })]
    }
    error_message = "Every failure queue must be watched for messages that stay."
  }

  assert {
    condition = alltrue([
      for alarm in aws_cloudwatch_metric_alarm.failure_queue_age :
      "AWS/SQS ApproximateNumberOfMessagesVisible Maximum 300" == "${alarm.namespace} ${alarm.metric_name} ${alarm.statistic} ${alarm.period}"
      && "GreaterThanThreshold 0" == "${alarm.comparison_operator} ${alarm.threshold}"
      && "48 of 48, ignore" == "${alarm.datapoints_to_alarm} of ${alarm.evaluation_periods}, ${alarm.treat_missing_data}"
    ])
    error_message = "Messages that lie for 4 hours must be an alarm, however often they were received: 48 periods of 5 minutes, none of them empty."
  }

  assert {
    condition = { for key, alarm in aws_cloudwatch_metric_alarm.work_queue_backlog : key => [alarm.alarm_name, alarm.dimensions] } == {
      worker = ["test-work-backlog", tomap({ QueueName = "test-work" })]
    }
    error_message = "Every queue that a function works off must be watched."
  }

  assert {
    condition = alltrue([
      for alarm in aws_cloudwatch_metric_alarm.work_queue_backlog :
      "AWS/SQS ApproximateAgeOfOldestMessage Maximum 300" == "${alarm.namespace} ${alarm.metric_name} ${alarm.statistic} ${alarm.period}"
      && "GreaterThanThreshold 900" == "${alarm.comparison_operator} ${alarm.threshold}"
      && "2 of 3, ignore" == "${alarm.datapoints_to_alarm} of ${alarm.evaluation_periods}, ${alarm.treat_missing_data}"
    ])
    error_message = "A message that waits for 15 minutes must be an alarm."
  }
}

run "streams_are_read" {
  module { source = "./modules/operations" }

  assert {
    condition = { for key, alarm in aws_cloudwatch_metric_alarm.stream_not_read : key => [alarm.alarm_name, alarm.dimensions] } == {
      trigger = ["test-Trigger-not-read", tomap({ EventSourceMappingUUID = "of-trigger" })]
    }
    error_message = "Whether a stream is read must be watched for every function of one."
  }

  assert {
    condition = alltrue([
      for alarm in aws_cloudwatch_metric_alarm.stream_not_read :
      "AWS/Lambda PolledEventCount SampleCount 300" == "${alarm.namespace} ${alarm.metric_name} ${alarm.statistic} ${alarm.period}"
      && "LessThanThreshold 1" == "${alarm.comparison_operator} ${alarm.threshold}"
      && "3 of 3, breaching" == "${alarm.datapoints_to_alarm} of ${alarm.evaluation_periods}, ${alarm.treat_missing_data}"
    ])
    error_message = "That nothing is told of a stream for 15 minutes must be an alarm."
  }
}

run "topics" {
  module { source = "./modules/operations" }

  assert {
    condition = { for key, alarm in aws_cloudwatch_metric_alarm.notifications_failed : key => [alarm.alarm_name, alarm.dimensions] } == {
      news   = ["test-news-notifications-failed", tomap({ TopicName = "test-news" })]
      alarms = ["test-alarms-notifications-failed", tomap({ TopicName = "test-alarms" })]
    }
    error_message = "Every topic must be watched, that of the alarms too."
  }

  assert {
    condition = alltrue([
      for alarm in aws_cloudwatch_metric_alarm.notifications_failed :
      "AWS/SNS NumberOfNotificationsFailed Sum 300" == "${alarm.namespace} ${alarm.metric_name} ${alarm.statistic} ${alarm.period}"
      && "GreaterThanThreshold 0" == "${alarm.comparison_operator} ${alarm.threshold}"
      && "1 of 1, notBreaching" == "${alarm.datapoints_to_alarm} of ${alarm.evaluation_periods}, ${alarm.treat_missing_data}"
    ])
    error_message = "A notification that is lost must be an alarm."
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
    error_message = "Each way in which an execution does not succeed must be an alarm at once; holding back only when it lasts."
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
    error_message = "The executions of this state machine must be counted."
  }

  assert {
    condition = (
      keys(aws_cloudwatch_metric_alarm.http_5xx) == ["web-api"]
      && aws_cloudwatch_metric_alarm.http_5xx["web-api"].alarm_name == "test-web-api-5xx"
      && aws_cloudwatch_metric_alarm.http_5xx["web-api"].namespace == "AWS/ApiGateway"
      && aws_cloudwatch_metric_alarm.http_5xx["web-api"].metric_name == "5xx" # of an HTTP API; a REST API's is 5XXError
      && aws_cloudwatch_metric_alarm.http_5xx["web-api"].dimensions == tomap({ ApiId = "abcdef" })
      && aws_cloudwatch_metric_alarm.http_5xx["web-api"].statistic == "Sum"
      && aws_cloudwatch_metric_alarm.http_5xx["web-api"].period == 300
      && aws_cloudwatch_metric_alarm.http_5xx["web-api"].comparison_operator == "GreaterThanOrEqualToThreshold"
      && aws_cloudwatch_metric_alarm.http_5xx["web-api"].threshold == 3
      && aws_cloudwatch_metric_alarm.http_5xx["web-api"].datapoints_to_alarm == 1
      && aws_cloudwatch_metric_alarm.http_5xx["web-api"].evaluation_periods == 1
      && aws_cloudwatch_metric_alarm.http_5xx["web-api"].treat_missing_data == "notBreaching"
    )
    error_message = "Three errors that people see within five minutes must be an alarm."
  }

  assert {
    condition = [
      for alarm in [aws_cloudwatch_metric_alarm.bounce_rate[0], aws_cloudwatch_metric_alarm.complaint_rate[0]] :
      "${alarm.alarm_name} ${alarm.namespace} ${alarm.metric_name} ${alarm.statistic} ${alarm.period} ${alarm.comparison_operator} ${alarm.threshold} ${alarm.datapoints_to_alarm}/${alarm.evaluation_periods} ${alarm.treat_missing_data}"
      ] == [
      "test-bounce-rate AWS/SES Reputation.BounceRate Average 3600 GreaterThanThreshold 0.025 1/1 ignore",
      "test-complaint-rate AWS/SES Reputation.ComplaintRate Average 3600 GreaterThanThreshold 0.0005 1/1 ignore",
    ]
    error_message = "Half of what AWS reviews an account for must be an alarm."
  }

  assert {
    condition     = length(coalesce(aws_cloudwatch_metric_alarm.bounce_rate[0].dimensions, {})) == 0 && length(coalesce(aws_cloudwatch_metric_alarm.complaint_rate[0].dimensions, {})) == 0
    error_message = "The rates that AWS judges are the account's: they have no dimension."
  }
}

run "who_is_told" {
  module { source = "./modules/operations" }

  assert {
    # 5 functions x 3; a stream's 3, an event's 2; 2 failure queues x 2; 1 work queue; 4, 1 and 2; 2 topics.
    condition = length(local.alarms) == 34 && alltrue([
      for alarm in local.alarms :
      alarm.alarm_actions == toset([aws_sns_topic.this.arn]) && alarm.actions_enabled != false && length(coalesce(alarm.ok_actions, [])) == 0
    ])
    error_message = "Every alarm must be sent to the topic, as it starts and not as it ends."
  }

  assert {
    condition     = length(distinct(local.alarms[*].alarm_name)) == length(local.alarms) && sort(output.alarm_names) == sort(local.alarms[*].alarm_name)
    error_message = "Each alarm must have a name of its own, which is told."
  }

  assert {
    condition     = alltrue([for alarm in local.alarms : startswith(alarm.alarm_name, "test-") && length(alarm.alarm_description) <= 1024])
    error_message = "The topic takes what begins with the prefix."
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
    error_message = "CloudWatch must be able to publish: not so with the AWS managed key."
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
    error_message = "Without runbook_url each description must end with the path of the alarm's page."
  }
}

run "runbooks_at_an_address" {
  module { source = "./modules/operations" }
  variables { runbook_url = "https://example.com/runbooks/" }

  assert {
    condition = alltrue([
      for alarm in local.alarms : can(regex("[.] What to do: https://example.com/runbooks/[a-z0-9-]+[.]md$", alarm.alarm_description))
    ])
    error_message = "With runbook_url each description must end with the address of the alarm's page."
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
    error_message = "The dashboard must be named after the deployment and its region: dashboards are of the whole account."
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
    error_message = "What alarms watch must be drawn."
  }

  assert {
    condition     = length([for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : widget if widget.type == "alarm" && length(try(widget.properties.alarms, [])) == 34]) == 1
    error_message = "All alarms must be shown together."
  }

  assert {
    condition = alltrue([
      for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets :
      widget.properties.region == "eu-central-1" && length(widget.properties.metrics) > 0 if widget.type == "metric"
    ])
    error_message = "Every graph must have a region and a line."
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
    error_message = "What is not there must not be watched."
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
    error_message = "The account's mails must not be watched by a deployment that sends none."
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
