locals {
  # They differ only in retries and timeouts: EXPRESS ends an execution after 5 minutes without running a
  # Catch, so a failure must reach its queue before that.
  definition_files = {
    STANDARD = "send_user_activation_mail.asl.json"
    EXPRESS  = "send_user_activation_mail_express.asl.json"
  }
  state_machine_definition = templatefile("${path.module}/${local.definition_files[var.mail.state_machine_type]}", {
    get_user_activation_status_arn = module.get_user_activation_status.arn
    send_user_activation_mail_arn  = module.send_user_activation_mail.arn
    failure_queue_url              = module.activation_failures.url
    partition                      = var.context.partition
  })
  states = jsondecode(local.state_machine_definition).States

  # Longest total wait of each retry rule of each task, in the order of the file.
  longest_waits_seconds = {
    for name, state in local.states : name => [
      for rule in state.Retry : sum([
        for attempt in range(rule.MaxAttempts) : min(rule.IntervalSeconds * pow(rule.BackoffRate, attempt), rule.MaxDelaySeconds)
      ])
    ]
    if state.Type == "Task"
  }

  # Worst case: every attempt of every task times out, with the longest waits, before the failure queue.
  longest_execution_seconds = sum([
    for name, waits in local.longest_waits_seconds :
    local.states[name].TimeoutSeconds * (1 + sum(local.states[name].Retry[*].MaxAttempts)) + sum(waits)
  ])

  # Shortest total wait for the claim of another execution. A rule with jitter counts as 0, as its waits may be
  # close to 0.
  claim_wait_seconds = sum(concat([0], [
    for index, rule in local.states.SendActivationMail.Retry : local.longest_waits_seconds.SendActivationMail[index]
    if contains(rule.ErrorEquals, "ActivationMailInProgressError") && rule.JitterStrategy == "NONE"
  ]))

  state_machine_name = "${var.context.prefix}-SendUserActivationMail"
  state_machine_arn  = "arn:${var.context.partition}:states:${var.context.region}:${var.context.account_id}:stateMachine:${local.state_machine_name}"
}

resource "aws_sfn_state_machine" "this" {
  name = local.state_machine_name
  # docs/adr/0011-standard-or-express.md
  type     = var.mail.state_machine_type
  role_arn = aws_iam_role.state_machine.arn

  definition = local.state_machine_definition

  tracing_configuration {
    enabled = var.context.tracing
  }

  # Step Functions keeps the history of STANDARD executions; EXPRESS executions leave only logs.
  dynamic "logging_configuration" {
    for_each = aws_cloudwatch_log_group.state_machine

    content {
      # Logs failed and timed-out executions. The trigger's log has their usernames.
      level                  = "ERROR"
      include_execution_data = true
      log_destination        = "${logging_configuration.value.arn}:*"
    }
  }

  depends_on = [aws_iam_role_policy.state_machine, aws_iam_role_policy.log_delivery, aws_iam_role_policy.state_machine_tracing]

  lifecycle {
    # If the task timed out first, its retry would run beside the first invocation.
    precondition {
      condition = (
        local.states.GetActivationStatus.TimeoutSeconds > module.get_user_activation_status.timeout
        && local.states.SendActivationMail.TimeoutSeconds > module.send_user_activation_mail.timeout
      )
      error_message = "TimeoutSeconds of each task must be greater than the timeout of its function."
    }

    precondition {
      # https://docs.aws.amazon.com/general/latest/gr/ses.html lists no region of China.
      condition     = var.context.partition != "aws-cn"
      error_message = "Amazon SES is not available in the regions of China: set enable_user_activation = false and enable_web_api = false, or choose another region."
    }

    precondition {
      condition     = local.claim_wait_seconds > local.mail_claim_seconds
      error_message = "The retries of ActivationMailInProgressError wait ${local.claim_wait_seconds} seconds without jitter. They must wait longer than a claim lasts, ${local.mail_claim_seconds} seconds."
    }

    precondition {
      condition     = var.mail.state_machine_type != "EXPRESS" || local.longest_execution_seconds < 300
      error_message = "An EXPRESS execution must end within 300 seconds including all retries, or its failure is lost: shorten the retries or timeouts in ${local.definition_files.EXPRESS}."
    }
  }
}

resource "aws_cloudwatch_log_group" "state_machine" {
  count = var.mail.state_machine_type == "EXPRESS" ? 1 : 0

  # Log groups below this prefix share one resource policy. Each other name would be added to the policy, which
  # may have 5,120 characters.
  name              = "/aws/vendedlogs/states/${local.state_machine_name}"
  retention_in_days = var.context.logs.retention_days
  kms_key_id        = one(var.context.encryption[*].kms_key_arn)
}

# Failed executions, each with its input and error.
module "activation_failures" {
  source  = "../failure_queue"
  context = var.context

  name = "${var.context.prefix}-activation-failures"
}

data "aws_iam_policy_document" "state_machine_trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["states.amazonaws.com"]
    }

    # Only this state machine: Step Functions must not use the role for another account.
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.context.account_id]
    }

    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [local.state_machine_arn]
    }
  }
}

resource "aws_iam_role" "state_machine" {
  # Shorter than the state machine's name, to leave more of a role name's 64 characters for the prefix.
  name               = "${var.context.prefix}-activation-states-${var.context.region}"
  description        = "Role of the state machine ${local.state_machine_name}"
  assume_role_policy = data.aws_iam_policy_document.state_machine_trust.json

  permissions_boundary = var.context.permissions_boundary
}

data "aws_iam_policy_document" "state_machine" {
  statement {
    sid       = "InvokeTasks"
    actions   = ["lambda:InvokeFunction"]
    resources = [module.get_user_activation_status.arn, module.send_user_activation_mail.arn]
  }

  statement {
    sid       = "RecordFailures"
    actions   = ["sqs:SendMessage"]
    resources = [module.activation_failures.arn]
  }

  dynamic "statement" {
    for_each = var.context.encryption[*].kms_key_arn

    content {
      sid       = "EncryptFailures"
      actions   = ["kms:Decrypt", "kms:GenerateDataKey"] # SQS requires both of a sender
      resources = [statement.value]

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = ["sqs.${var.context.region}.${var.context.dns_suffix}"]
      }
    }
  }
}

resource "aws_iam_role_policy" "state_machine" {
  name   = "work"
  role   = aws_iam_role.state_machine.name
  policy = data.aws_iam_policy_document.state_machine.json
}

data "aws_iam_policy_document" "log_delivery" {
  statement {
    # IAM accepts only "*" for these actions, and none of them reads or writes a log line.
    sid = "DeliverLogs"
    actions = [
      "logs:CreateLogDelivery",
      "logs:DeleteLogDelivery",
      "logs:DescribeLogGroups",
      "logs:DescribeResourcePolicies",
      "logs:GetLogDelivery",
      "logs:ListLogDeliveries",
      "logs:PutResourcePolicy",
      "logs:UpdateLogDelivery",
    ]
    resources = ["*"]
  }
}

resource "aws_iam_role_policy" "log_delivery" {
  count = var.mail.state_machine_type == "EXPRESS" ? 1 : 0

  name   = "log-delivery"
  role   = aws_iam_role.state_machine.name
  policy = data.aws_iam_policy_document.log_delivery.json
}

data "aws_iam_policy_document" "state_machine_tracing" {
  statement {
    # IAM accepts only "*" for these X-Ray actions. They add traces and read sampling rules:
    # https://docs.aws.amazon.com/step-functions/latest/dg/xray-iam.html
    sid = "SendTraces"
    actions = [
      "xray:GetSamplingRules",
      "xray:GetSamplingTargets",
      "xray:PutTelemetryRecords",
      "xray:PutTraceSegments",
    ]
    resources = ["*"]
  }
}

resource "aws_iam_role_policy" "state_machine_tracing" {
  count = var.context.tracing ? 1 : 0

  name   = "tracing"
  role   = aws_iam_role.state_machine.name
  policy = data.aws_iam_policy_document.state_machine_tracing.json
}
