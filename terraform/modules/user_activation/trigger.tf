data "aws_iam_policy_document" "user_table_trigger" {
  statement {
    sid       = "StartActivation"
    actions   = ["states:StartExecution"]
    resources = [aws_sfn_state_machine.this.arn]
  }
}

module "user_table_trigger" {
  source  = "../lambda_function"
  context = var.context

  name             = "user_table_trigger"
  function_name    = "${var.context.prefix}-UserTableTrigger"
  description      = "Starts the activation of each new user"
  package          = var.packages.function_packages["user_table_trigger"]
  artifacts_bucket = var.packages.bucket
  policy_json      = data.aws_iam_policy_document.user_table_trigger.json
  timeout          = 30

  environment = {
    # Built from its parts, so that Terraform creates function and state machine in parallel. The policy above
    # uses the resource, so the mapping below waits for the state machine.
    STATE_MACHINE_ARN = local.state_machine_arn
  }
}

module "user_stream" {
  source  = "../dynamodb_stream_trigger"
  context = var.context

  stream_arn         = aws_dynamodb_table.this.stream_arn
  function_arn       = module.user_table_trigger.arn
  role_name          = module.user_table_trigger.role_name
  failure_queue_name = "${var.context.prefix}-user-table-trigger-failures"
  event_names        = ["INSERT"]
  stream             = var.stream
}
