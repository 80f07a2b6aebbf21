module "artifact" {
  source = "../artifact"

  bucket     = var.artifacts_bucket
  key_prefix = "functions/${var.name}/"
  package    = var.package
}

resource "aws_lambda_function" "this" {
  function_name = var.function_name
  description   = var.description
  role          = aws_iam_role.this.arn

  s3_bucket        = module.artifact.bucket
  s3_key           = module.artifact.key
  source_code_hash = var.package.source_code_hash

  handler       = var.package.handler
  runtime       = var.package.runtime
  architectures = [var.package.architecture]
  layers        = var.layers
  memory_size   = var.memory_size
  timeout       = var.timeout

  reserved_concurrent_executions = var.reserved_concurrent_executions

  environment {
    variables = merge(
      {
        POWERTOOLS_SERVICE_NAME = var.name
        POWERTOOLS_LOG_LEVEL    = var.context.logs.level
      },
      var.environment,
    )
  }

  tracing_config {
    # PassThrough: no trace of its own.
    mode = var.context.tracing ? "Active" : "PassThrough"
  }

  # Also what Lambda itself says (start, end, time-out) is then JSON, as the function's own lines.
  logging_config {
    log_format = "JSON"
    log_group  = aws_cloudwatch_log_group.this.name
    # Lambda drops lines below this level, whatever the function's own logger lets through.
    application_log_level = lookup({ WARNING = "WARN", CRITICAL = "FATAL" }, var.context.logs.level, var.context.logs.level)
  }

  # Lambda checks the right to trace when the function is made.
  depends_on = [aws_iam_role_policy.tracing]
}
