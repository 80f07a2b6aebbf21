locals {
  state_machine_definition = templatefile("${path.module}/send_user_activation_mail.asl.json", {
    get_user_activation_status_arn = module.get_user_activation_status.arn
    send_user_activation_mail_arn  = module.send_user_activation_mail.arn
    failure_queue_url              = module.activation_failures.url
  })
  states = jsondecode(local.state_machine_definition).States

  state_machine_name = "${var.name_prefix}-SendUserActivationMail"
  state_machine_arn  = "arn:${data.aws_partition.current.partition}:states:${data.aws_region.current.name}:${data.aws_caller_identity.current.account_id}:stateMachine:${local.state_machine_name}"
}

resource "aws_sfn_state_machine" "this" {
  name = local.state_machine_name
  # Runs exactly once for an execution's name, for 90 days: a record delivered twice starts one.
  type     = "STANDARD"
  role_arn = aws_iam_role.state_machine.arn

  definition = local.state_machine_definition

  depends_on = [aws_iam_role_policy.state_machine]

  lifecycle {
    # A task that gives up first would start a second run beside the one that still works.
    precondition {
      condition = (
        local.states.GetActivationStatus.TimeoutSeconds > module.get_user_activation_status.timeout
        && local.states.SendActivationMail.TimeoutSeconds > module.send_user_activation_mail.timeout
      )
      error_message = "TimeoutSeconds of a task must be above the timeout of its function."
    }
  }
}

# Executions that failed, each with its input and the error.
module "activation_failures" {
  source = "../failure_queue"

  name = "${var.name_prefix}-activation-failures"
}

data "aws_iam_policy_document" "state_machine_trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["states.amazonaws.com"]
    }

    # Only this state machine, so that Step Functions can't be made to use the role for another's.
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [data.aws_caller_identity.current.account_id]
    }

    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [local.state_machine_arn]
    }
  }
}

resource "aws_iam_role" "state_machine" {
  # The function of the same name has a role of that name.
  name               = "${local.state_machine_name}-states"
  description        = "Role of the state machine ${local.state_machine_name}"
  assume_role_policy = data.aws_iam_policy_document.state_machine_trust.json
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
}

resource "aws_iam_role_policy" "state_machine" {
  name   = "work"
  role   = aws_iam_role.state_machine.name
  policy = data.aws_iam_policy_document.state_machine.json
}
