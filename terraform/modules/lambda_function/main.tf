module "artifact" {
  source = "../artifact"

  bucket     = var.artifacts_bucket
  key_prefix = "functions/${var.name}/"
  package    = var.package
}

locals {
  environment = merge(
    {
      POWERTOOLS_SERVICE_NAME = var.name
      POWERTOOLS_LOG_LEVEL    = var.context.logs.level
    },
    var.environment,
  )

  # Lambda takes 4 KB in all, and measures names and values as JSON: its error says "String measured: {...}".
  # https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
  # base64 makes 4 characters of 3 bytes; length() alone would count characters.
  environment_bytes = length(base64encode(jsonencode(local.environment))) / 4 * 3
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
    variables = local.environment
  }

  tracing_config {
    # PassThrough: the function starts no traces itself.
    mode = var.context.tracing ? "Active" : "PassThrough"
  }

  # Lambda's own lines (start, end, timeout) are JSON too, as those of the function.
  logging_config {
    log_format = "JSON"
    log_group  = aws_cloudwatch_log_group.this.name
    # Lambda drops lines below this level, even if the function's logger writes them.
    application_log_level = lookup({ WARNING = "WARN", CRITICAL = "FATAL" }, var.context.logs.level, var.context.logs.level)
  }

  # Lambda checks the tracing permission when the function is created.
  depends_on = [aws_iam_role_policy.tracing]

  lifecycle {
    precondition {
      condition     = local.environment_bytes <= 4096
      error_message = "The environment variables of ${var.function_name} have ${local.environment_bytes} bytes, and Lambda takes 4,096. The longest: ${join(", ", [for name, value in local.environment : "${name} (${length(value)} characters)" if length(value) >= 200])}."
    }
  }
}
