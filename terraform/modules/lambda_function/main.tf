resource "aws_s3_object" "this" {
  bucket = var.artifacts_bucket
  # The name follows from the content, so a key never changes its meaning.
  key    = "functions/${var.name}/${var.package.sha256}.zip"
  source = var.package.path

  # S3 allows an object 10 tags, and the deployment's tags may be more.
  override_provider {
    default_tags {
      tags = {}
    }
  }

  lifecycle {
    create_before_destroy = true

    # Where the zip lay when it was uploaded says nothing of its content: the key does.
    ignore_changes = [source]

    precondition {
      condition     = fileexists(var.package.path)
      error_message = "There is no ${var.package.path}: run `make build` first."
    }

    precondition {
      condition     = !fileexists(var.package.path) || try(filesha256(var.package.path) == var.package.sha256, false)
      error_message = "${var.package.path} is not the file that manifest.json describes: run `make build` again."
    }
  }
}

resource "aws_lambda_function" "this" {
  function_name = var.function_name
  description   = var.description
  role          = aws_iam_role.this.arn

  s3_bucket        = aws_s3_object.this.bucket
  s3_key           = aws_s3_object.this.key
  source_code_hash = var.package.source_code_hash

  handler       = var.package.handler
  runtime       = var.package.runtime
  architectures = [var.package.architecture]
  layers        = var.layers
  memory_size   = var.memory_size
  timeout       = var.timeout

  environment {
    variables = merge(
      {
        POWERTOOLS_SERVICE_NAME = var.name
        POWERTOOLS_LOG_LEVEL    = var.log_level
      },
      var.environment,
    )
  }

  # Also what Lambda itself says (start, end, time-out) is then JSON, as the function's own lines.
  logging_config {
    log_format = "JSON"
    log_group  = aws_cloudwatch_log_group.this.name
    # Lambda drops lines below this level, whatever the function's own logger lets through.
    application_log_level = lookup({ WARNING = "WARN", CRITICAL = "FATAL" }, var.log_level, var.log_level)
  }
}
