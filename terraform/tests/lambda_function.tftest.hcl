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
    logs                 = { level = "WARNING", retention_days = 14 }
    tracing              = false
    encryption           = null
    former_kms_key_arns  = []
    permissions_boundary = null
  }
  name             = "set_profile_image"
  function_name    = "onboarding-SetProfileImage"
  description      = "Sets the image of a profile"
  artifacts_bucket = "artifacts"
  policy_json      = "{\"Version\": \"2012-10-17\"}"
  timeout          = 30
  environment      = { TABLE = "table" }
  package = {
    path             = "tests/fixtures/packages/set_profile_image.zip"
    sha256           = "a5834d5f9480fb6136d91982c9a89cbf3c54f74489cf61e2802c54a2b6ce70e0"
    source_code_hash = "aGFzaA=="
    handler          = "set_profile_image.handler.handler"
    runtime          = "python3.13"
    architecture     = "arm64"
  }
}

run "function" {
  module { source = "./modules/lambda_function" }

  assert {
    condition     = module.artifact.key == "functions/set_profile_image/${var.package.sha256}.zip" && aws_lambda_function.this.s3_key == module.artifact.key
    error_message = "The code must be the object whose key contains the hash."
  }

  assert {
    condition     = aws_lambda_function.this.source_code_hash == "aGFzaA==" && aws_lambda_function.this.handler == "set_profile_image.handler.handler"
    error_message = "Hash and handler must come from the manifest."
  }

  assert {
    condition     = aws_lambda_function.this.runtime == "python3.13" && aws_lambda_function.this.architectures == tolist(["arm64"])
    error_message = "Runtime and architecture must come from the manifest."
  }

  assert {
    condition = aws_lambda_function.this.environment[0].variables == tomap({
      POWERTOOLS_SERVICE_NAME = "set_profile_image"
      POWERTOOLS_LOG_LEVEL    = "WARNING"
      TABLE                   = "table"
    })
    error_message = "The environment must contain the logger's variables and the function's own."
  }

  assert {
    condition     = aws_lambda_function.this.reserved_concurrent_executions == null
    error_message = "By default, no concurrency may be reserved."
  }

  assert {
    condition     = aws_lambda_function.this.logging_config[0].application_log_level == "WARN"
    error_message = "The level must have Lambda's name for it, or Lambda drops lines."
  }

  assert {
    condition     = aws_cloudwatch_log_group.this.name == "/aws/lambda/onboarding-SetProfileImage" && aws_cloudwatch_log_group.this.retention_in_days == 14
    error_message = "The function must write to its own log group."
  }

  assert {
    condition = (
      length(data.aws_iam_policy_document.logs.statement) == 1
      && toset(data.aws_iam_policy_document.logs.statement[0].actions) == toset(["logs:CreateLogStream", "logs:PutLogEvents"])
      && toset(data.aws_iam_policy_document.logs.statement[0].resources) == toset(["arn:aws:logs:eu-central-1:123456789012:log-group:group:*"])
    )
    error_message = "The function may only write to its own log group, and not create one."
  }

  assert {
    condition     = aws_iam_role_policy.work.policy == "{\"Version\": \"2012-10-17\"}" && aws_iam_role_policy.work.role == "onboarding-SetProfileImage-eu-central-1"
    error_message = "The function's own role must have the given policy."
  }

  assert {
    condition = (
      toset(one(data.aws_iam_policy_document.trust.statement[0].principals).identifiers) == toset(["lambda.amazonaws.com"])
      && toset(data.aws_iam_policy_document.trust.statement[0].actions) == toset(["sts:AssumeRole"])
    )
    error_message = "Only Lambda may assume the role."
  }
}

run "neither_key_nor_traces" {
  module { source = "./modules/lambda_function" }
  variables { reads_encrypted = ["dynamodb"] }

  assert {
    condition = (
      aws_lambda_function.this.tracing_config[0].mode == "PassThrough"
      && length(aws_iam_role_policy.tracing) == 0
      && length(aws_iam_role_policy.encryption) == 0
      && aws_cloudwatch_log_group.this.kms_key_id == null
    )
    error_message = "By default, the role must have no permissions for tracing or encryption."
  }
}

run "own_key_and_traces" {
  module { source = "./modules/lambda_function" }

  variables {
    context          = merge(var.context, { tracing = true, encryption = { kms_key_arn = "arn:aws:kms:eu-central-1:123456789012:key/one" } })
    reads_encrypted  = ["s3", "dynamodb"]
    writes_encrypted = ["s3"]
  }

  assert {
    condition = {
      for statement in data.aws_iam_policy_document.encryption.statement :
      statement.sid => [sort(statement.actions), sort(statement.resources), one(statement.condition).test, one(statement.condition).variable, one(statement.condition).values]
      } == {
      ReadEncrypted  = [tolist(["kms:Decrypt"]), tolist([var.context.encryption.kms_key_arn]), "StringEquals", "kms:ViaService", tolist(["dynamodb.eu-central-1.amazonaws.com", "s3.eu-central-1.amazonaws.com"])]
      WriteEncrypted = [tolist(["kms:GenerateDataKey"]), tolist([var.context.encryption.kms_key_arn]), "StringEquals", "kms:ViaService", tolist(["s3.eu-central-1.amazonaws.com"])]
    }
    error_message = "The role may use the key only through the services that it reads and writes."
  }

  assert {
    condition     = one(aws_iam_role_policy.encryption[*].role) == "onboarding-SetProfileImage-eu-central-1" && aws_cloudwatch_log_group.this.kms_key_id == var.context.encryption.kms_key_arn
    error_message = "The role must have the permission, and the logs must be encrypted."
  }

  assert {
    condition = (
      aws_lambda_function.this.tracing_config[0].mode == "Active"
      && one(aws_iam_role_policy.tracing[*].role) == "onboarding-SetProfileImage-eu-central-1"
      && toset(data.aws_iam_policy_document.tracing.statement[0].actions) == toset(["xray:PutTelemetryRecords", "xray:PutTraceSegments"])
    )
    error_message = "Each invocation must be traced, with only the permissions for it."
  }
}

# Also where the deployment has gone back to keys of AWS, and in China, whose services have other host names.
run "former_keys" {
  module { source = "./modules/lambda_function" }

  variables {
    context          = merge(var.context, { former_kms_key_arns = ["arn:aws-cn:kms:cn-north-1:123456789012:key/former"], partition = "aws-cn", dns_suffix = "amazonaws.com.cn", region = "cn-north-1" })
    reads_encrypted  = ["s3", "ssm"]
    writes_encrypted = ["s3"]
  }

  assert {
    condition = [
      for statement in data.aws_iam_policy_document.encryption.statement :
      [statement.sid, statement.actions, statement.resources, one(statement.condition).variable, one(statement.condition).values]
      ] == [
      ["ReadFormerlyEncrypted", toset(["kms:Decrypt"]), toset(var.context.former_kms_key_arns), "kms:ViaService", tolist(["s3.cn-north-1.amazonaws.com.cn", "ssm.cn-north-1.amazonaws.com.cn"])],
    ]
    error_message = "The role may only decrypt with former keys, through the services that it reads."
  }

  assert {
    condition     = length(aws_iam_role_policy.encryption) == 1
    error_message = "The role must have the permission without a present key, too."
  }
}

run "services_without_a_key" {
  command = plan
  module { source = "./modules/lambda_function" }

  variables {
    reads_encrypted  = ["ses"]
    writes_encrypted = ["dynamodb"] # generates its data keys itself
  }

  expect_failures = [var.reads_encrypted, var.writes_encrypted]
}

run "bad_values" {
  command = plan
  module { source = "./modules/lambda_function" }

  variables {
    name          = "SetProfileImage"
    function_name = "set profile image"
    memory_size   = 64
    timeout       = 901
    layers        = ["1", "2", "3", "4", "5", "6"]
  }

  expect_failures = [var.name, var.function_name, var.memory_size, var.timeout, var.layers]
}

# 4,096 bytes of JSON, names and the logger's variables included: 1,010 letters of 4 bytes each are too many.
run "too_many_environment_variables" {
  command = plan
  module { source = "./modules/lambda_function" }
  variables { environment = { TEXTS = join("", [for number in range(1010) : "🎂"]) } }
  expect_failures = [aws_lambda_function.this]
}

run "name_too_long_for_a_role" {
  command = plan
  module { source = "./modules/lambda_function" }
  variables { function_name = "a2345678901234567890123456789012345678901234567890-2" } # 52 and "-eu-central-1"
  expect_failures = [var.function_name]
}

run "places" {
  command = plan
  module { source = "./modules/lambda_function" }
  variables { reserved_concurrent_executions = 14 }

  assert {
    condition     = aws_lambda_function.this.reserved_concurrent_executions == 14
    error_message = "The reserved concurrency must be the given one."
  }
}

run "switched_off" {
  command = plan
  module { source = "./modules/lambda_function" }
  variables { reserved_concurrent_executions = 0 }
  expect_failures = [var.reserved_concurrent_executions]
}
