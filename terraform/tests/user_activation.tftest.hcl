mock_provider "aws" {
  source = "./tests/mocks"
}

# Different ARNs, so that a permission for one resource does not pass for another.
override_module {
  target = module.user_table_trigger
  outputs = {
    arn           = "arn:aws:lambda:eu-central-1:123456789012:function:trigger"
    function_name = "trigger"
    role_name     = "trigger"
    timeout       = 30
  }
}

override_module {
  target = module.get_user_activation_status
  outputs = {
    arn           = "arn:aws:lambda:eu-central-1:123456789012:function:get-status"
    function_name = "get-status"
    role_name     = "get-status"
    timeout       = 10
  }
}

override_module {
  target = module.send_user_activation_mail
  outputs = {
    arn           = "arn:aws:lambda:eu-central-1:123456789012:function:send-mail"
    function_name = "send-mail"
    role_name     = "send-mail"
    timeout       = 30
  }
}

override_module {
  target = module.activation_failures
  outputs = {
    name = "activation-failures"
    arn  = "arn:aws:sqs:eu-central-1:123456789012:activation-failures"
    url  = "https://sqs.eu-central-1.amazonaws.com/123456789012/activation-failures"
  }
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
  packages = {
    bucket = "artifacts"
    function_packages = {
      for name, package in jsondecode(file("tests/fixtures/packages/manifest.json")).functions : name => merge(package, {
        path = "tests/fixtures/packages/${package.file}", runtime = "python3.13", architecture = "arm64"
      })
    }
  }
  from_address = "hello@example.com"
  product_name = "Cards"
}

run "defaults" {
  module { source = "./modules/user_activation" }

  assert {
    condition = (
      aws_dynamodb_table.this.name == "test-User"
      && aws_dynamodb_table.this.hash_key == "username"
      && aws_dynamodb_table.this.billing_mode == "PAY_PER_REQUEST"
      && aws_dynamodb_table.this.stream_view_type == "NEW_IMAGE"
    )
    error_message = "The table must match the contract."
  }

  assert {
    condition = (
      aws_dynamodb_table.this.point_in_time_recovery[0].enabled
      && aws_dynamodb_table.this.server_side_encryption[0].enabled
      && aws_dynamodb_table.this.deletion_protection_enabled
    )
    error_message = "The table must be recoverable, encrypted and protected."
  }

  assert {
    condition     = !aws_dynamodb_table.this.ttl[0].enabled
    error_message = "By default, TTL must be off."
  }

  assert {
    condition     = aws_sfn_state_machine.this.name == "test-SendUserActivationMail" && aws_sfn_state_machine.this.type == "STANDARD"
    error_message = "The state machine must have the contract's name, and STANDARD as its type: EXPRESS starts an execution for each delivery."
  }

  assert {
    condition = (
      length(aws_sfn_state_machine.this.logging_configuration) == 0
      && length(aws_cloudwatch_log_group.state_machine) == 0
      && length(aws_iam_role_policy.log_delivery) == 0
    )
    error_message = "STANDARD must have no log group and no permissions for logs, as it keeps a history."
  }

  assert {
    condition     = !aws_sfn_state_machine.this.tracing_configuration[0].enabled && length(aws_iam_role_policy.state_machine_tracing) == 0
    error_message = "By default, there must be no traces and no permissions for them."
  }

  assert {
    condition = (
      jsondecode(aws_sfn_state_machine.this.definition).States.GetActivationStatus.Resource == module.get_user_activation_status.arn
      && jsondecode(aws_sfn_state_machine.this.definition).States.SendActivationMail.Resource == module.send_user_activation_mail.arn
      && jsondecode(aws_sfn_state_machine.this.definition).States.RecordActivationFailure.Parameters.QueueUrl == module.activation_failures.url
    )
    error_message = "Each state must call its own function or queue."
  }

  assert {
    condition = { for statement in data.aws_iam_policy_document.state_machine.statement : statement.sid => [sort(statement.actions), sort(statement.resources)] } == {
      InvokeTasks    = [tolist(["lambda:InvokeFunction"]), sort([module.get_user_activation_status.arn, module.send_user_activation_mail.arn])]
      RecordFailures = [tolist(["sqs:SendMessage"]), tolist([module.activation_failures.arn])]
    }
    error_message = "The state machine may only invoke its tasks and write to its queue."
  }

  assert {
    condition = { for condition in data.aws_iam_policy_document.state_machine_trust.statement[0].condition : condition.variable => condition.values } == {
      "aws:SourceAccount" = tolist(["123456789012"])
      "aws:SourceArn"     = tolist(["arn:aws:states:eu-central-1:123456789012:stateMachine:test-SendUserActivationMail"])
    }
    error_message = "Step Functions may use the role only for this state machine."
  }

  assert {
    condition = { for statement in data.aws_iam_policy_document.user_table_trigger.statement : statement.sid => [sort(statement.actions), sort(statement.resources)] } == {
      StartActivation = [tolist(["states:StartExecution"]), tolist([aws_sfn_state_machine.this.arn])]
    }
    error_message = "The trigger may only start this state machine."
  }

  assert {
    condition = { for statement in data.aws_iam_policy_document.get_user_activation_status.statement : statement.sid => [sort(statement.actions), sort(statement.resources)] } == {
      ReadUser = [tolist(["dynamodb:GetItem"]), tolist([aws_dynamodb_table.this.arn])]
    }
    error_message = "The status function may only read a user."
  }

  assert {
    condition = { for statement in data.aws_iam_policy_document.send_user_activation_mail.statement : statement.sid => [sort(statement.actions), sort(statement.resources)] } == {
      ClaimAndMarkUser = [tolist(["dynamodb:GetItem", "dynamodb:UpdateItem"]), tolist([aws_dynamodb_table.this.arn])]
      SendFromOwnAddress = [
        tolist(["ses:SendEmail"]),
        tolist(["arn:aws:ses:eu-central-1:123456789012:configuration-set/set", "arn:aws:ses:eu-central-1:123456789012:identity/example.com", "arn:aws:ses:eu-central-1:123456789012:identity/hello@example.com"]),
      ]
    }
    error_message = "The mail function may only read and mark a user, and send with its identity, whichever of the two SES checks."
  }

  assert {
    condition     = { for condition in data.aws_iam_policy_document.send_user_activation_mail.statement[1].condition : condition.variable => condition.values } == { "ses:FromAddress" = tolist(["hello@example.com"]) }
    error_message = "Mails may come only from from_address."
  }

  assert {
    condition     = aws_sesv2_email_identity.this[0].email_identity == "hello@example.com"
    error_message = "The address must be registered."
  }

  assert {
    condition = (
      aws_sesv2_configuration_set.this[0].delivery_options[0].tls_policy == "REQUIRE"
      && aws_sesv2_configuration_set.this[0].reputation_options[0].reputation_metrics_enabled
    )
    error_message = "Mails must use TLS, with reputation metrics."
  }

  assert {
    condition     = toset(aws_sesv2_configuration_set.this[0].suppression_options[0].suppressed_reasons) == toset(["BOUNCE", "COMPLAINT"])
    error_message = "Addresses with a bounce or complaint must go to the account's suppression list."
  }

  assert {
    condition     = length(aws_sesv2_email_identity_mail_from_attributes.this) == 0
    error_message = "An address must have no MAIL FROM domain."
  }
}

run "users_expire" {
  module { source = "./modules/user_activation" }
  variables { unactivated_user_expiration_days = 7 }

  assert {
    condition     = aws_dynamodb_table.this.ttl[0].enabled && aws_dynamodb_table.this.ttl[0].attribute_name == "expiresAt"
    error_message = "TTL must be on, for the attribute that the web API writes."
  }
}

run "what_is_watched" {
  module { source = "./modules/user_activation" }

  assert {
    condition = jsonencode(output.functions) == jsonencode({
      user_table_trigger         = { name = "trigger", timeout_seconds = 30, invoked_by = "stream", mapping_uuid = module.user_stream.mapping_uuid, maximum_concurrency = 4 }
      get_user_activation_status = { name = "get-status", timeout_seconds = 10, invoked_by = "state_machine", maximum_concurrency = null }
      send_user_activation_mail  = { name = "send-mail", timeout_seconds = 30, invoked_by = "state_machine", maximum_concurrency = null }
    })
    error_message = "The output must list each function with its timeout and invoker."
  }

  assert {
    condition = { for source, queue in output.failure_queues : source => queue.name } == {
      user_table_trigger = "test-user-table-trigger-failures"
      activation         = "activation-failures"
    }
    error_message = "The output must list each failure queue by name."
  }
}

run "own_key_and_traces" {
  module { source = "./modules/user_activation" }

  variables {
    context = merge(var.context, { tracing = true, encryption = { kms_key_arn = "arn:aws:kms:eu-central-1:123456789012:key/one" } })
    mail    = { state_machine_type = "EXPRESS" }
  }

  assert {
    condition     = aws_dynamodb_table.this.server_side_encryption[0].kms_key_arn == var.context.encryption.kms_key_arn && aws_cloudwatch_log_group.state_machine[0].kms_key_id == var.context.encryption.kms_key_arn
    error_message = "The key must encrypt the table and the logs."
  }

  assert {
    condition = [
      for statement in data.aws_iam_policy_document.state_machine.statement :
      [sort(statement.actions), sort(statement.resources), one(statement.condition).variable, one(statement.condition).values] if statement.sid == "EncryptFailures"
    ] == [[tolist(["kms:Decrypt", "kms:GenerateDataKey"]), tolist([var.context.encryption.kms_key_arn]), "kms:ViaService", tolist(["sqs.eu-central-1.amazonaws.com"])]]
    error_message = "The state machine may use the key only to write to its queue."
  }

  assert {
    condition = (
      aws_sfn_state_machine.this.tracing_configuration[0].enabled
      && one(aws_iam_role_policy.state_machine_tracing[*].role) == aws_iam_role.state_machine.name
      && toset(data.aws_iam_policy_document.state_machine_tracing.statement[0].actions) == toset(["xray:GetSamplingRules", "xray:GetSamplingTargets", "xray:PutTelemetryRecords", "xray:PutTraceSegments"])
    )
    error_message = "Executions must be traced, with only the permissions for it."
  }
}

run "express" {
  module { source = "./modules/user_activation" }

  variables { mail = { state_machine_type = "EXPRESS" } }

  assert {
    condition     = aws_sfn_state_machine.this.type == "EXPRESS" && aws_sfn_state_machine.this.name == "test-SendUserActivationMail"
    error_message = "The type must be the given one, and the name must stay the same."
  }

  assert {
    condition = (
      one(aws_sfn_state_machine.this.logging_configuration).level == "ERROR"
      && one(aws_sfn_state_machine.this.logging_configuration).log_destination == "${aws_cloudwatch_log_group.state_machine[0].arn}:*"
      && aws_cloudwatch_log_group.state_machine[0].name == "/aws/vendedlogs/states/test-SendUserActivationMail"
      && aws_cloudwatch_log_group.state_machine[0].retention_in_days == 30
    )
    error_message = "Failed EXPRESS executions must be logged, with the retention of all logs."
  }

  assert {
    condition = (
      aws_iam_role_policy.log_delivery[0].role == aws_iam_role.state_machine.name
      && length(data.aws_iam_policy_document.log_delivery.statement) == 1
      && alltrue([for action in data.aws_iam_policy_document.log_delivery.statement[0].actions : can(regex("^logs:.*(LogDeliver(y|ies)|ResourcePolic(y|ies)|LogGroups)$", action))])
    )
    error_message = "The state machine may only set up the delivery of its logs."
  }

  assert {
    condition     = local.longest_execution_seconds < 300
    error_message = "An execution must reach the failure queue before EXPRESS ends it."
  }

  assert {
    condition = [for rule in jsondecode(aws_sfn_state_machine.this.definition).States.SendActivationMail.Retry : [rule.MaxAttempts, rule.IntervalSeconds]] == [
      [1, 5],
      [1, 65],
    ]
    error_message = "The only wait for a claim must be longer than the claim of 60 seconds."
  }

  assert {
    condition     = local.claim_wait_seconds == 65
    error_message = "EXPRESS, too, must wait longer than a claim."
  }
}

run "domain_in_the_sandbox" {
  module { source = "./modules/user_activation" }

  variables {
    from_address = "hello@Example.com" # SES keeps the domain in lower case
    mail         = { identity_kind = "domain", create_configuration_set = false, sandbox_recipients = ["jane@example.org"] }
  }

  assert {
    condition     = aws_sesv2_email_identity.this[0].email_identity == "example.com"
    error_message = "The domain of from_address must be registered."
  }

  assert {
    condition = toset(data.aws_iam_policy_document.send_user_activation_mail.statement[1].resources) == toset([
      "arn:aws:ses:eu-central-1:123456789012:identity/hello@Example.com",
      "arn:aws:ses:eu-central-1:123456789012:identity/example.com",
      "arn:aws:ses:eu-central-1:123456789012:identity/jane@example.org",
    ])
    error_message = "In the sandbox, the policy must also permit the recipient's identity."
  }
}

# In a region whose DKIM domain is its own.
run "domain_for_bounces" {
  module { source = "./modules/user_activation" }

  variables {
    context = merge(var.context, { region = "eu-south-1" })
    mail    = { identity_kind = "domain", from_subdomain = "mail" }
  }

  assert {
    condition     = local.dkim_domain == "dkim.eu-south-1.amazonses.com"
    error_message = "The records must lead to the region's DKIM domain."
  }

  assert {
    condition = (
      aws_sesv2_email_identity_mail_from_attributes.this[0].email_identity == "example.com"
      && aws_sesv2_email_identity_mail_from_attributes.this[0].mail_from_domain == "mail.example.com"
      && aws_sesv2_email_identity_mail_from_attributes.this[0].behavior_on_mx_failure == "USE_DEFAULT_VALUE"
    )
    error_message = "Bounces must go to the subdomain, and mails must also be sent while its MX record is missing."
  }
}

run "identity_of_others" {
  command = plan
  module { source = "./modules/user_activation" }

  variables {
    context = merge(var.context, { partition = "aws-us-gov", region = "us-gov-west-1" })
    mail    = { create_identity = false, rate_per_second = 3 }
  }

  assert {
    condition     = local.dkim_domain == "dkim.amazonses.com" && startswith(local.ses_arns[0], "arn:aws-us-gov:ses:us-gov-west-1:")
    error_message = "A region without a DKIM domain of its own must have the default one."
  }

  assert {
    condition     = { for name, function in output.functions : name => function.maximum_concurrency } == { user_table_trigger = 4, get_user_activation_status = null, send_user_activation_mail = 3 }
    error_message = "Only tasks have no limit, unless mail.rate_per_second sets one."
  }

  assert {
    condition     = length(aws_sesv2_email_identity.this) == 0
    error_message = "An existing identity must not be created."
  }
}

run "function_outlives_its_task" {
  command = plan
  module { source = "./modules/user_activation" }

  override_module {
    target = module.send_user_activation_mail
    outputs = {
      arn           = "arn:aws:lambda:eu-central-1:123456789012:function:send-mail"
      function_name = "send-mail"
      role_name     = "send-mail"
      timeout       = 45
    }
  }

  expect_failures = [aws_sfn_state_machine.this]
}

run "function_is_not_built" {
  command = plan
  module { source = "./modules/user_activation" }
  variables { packages = { bucket = "artifacts", function_packages = {} } }
  expect_failures = [var.packages]
}

run "region_without_ses" {
  command = plan
  module { source = "./modules/user_activation" }
  variables { context = merge(var.context, { partition = "aws-cn", region = "cn-north-1" }) }
  expect_failures = [aws_sfn_state_machine.this]
}

run "sender_with_a_name" {
  command = plan
  module { source = "./modules/user_activation" }
  variables { from_address = "Cards <hello@example.com>" }
  expect_failures = [var.from_address]
}

run "too_long_for_environment_variables" {
  command = plan
  module { source = "./modules/user_activation" }

  variables {
    product_name = join("", [for number in range(61) : "🎂"])
    mail         = { texts = { welcome = join("", [for number in range(700) : "🎂"]) } }
  }

  expect_failures = [var.product_name, var.mail]
}

# JSON and UTF-8 make the most of them.
run "longest_environment_variables" {
  command = plan
  module { source = "./modules/user_activation" }

  variables {
    context      = merge(var.context, { prefix = join("", [for number in range(27) : "a"]), logs = { level = "CRITICAL", retention_days = 30 } })
    from_address = "${join("", [for number in range(64) : "a"])}@${join(".", [for number in range(3) : join("", [for number in range(62) : "b"])])}"
    product_name = join("", [for number in range(240) : "\""])
    mail         = { rate_per_second = 1, texts = { welcome = join("", [for number in range(664) : "🎂"]) } }
  }
}

run "product_with_a_second_header" {
  command = plan
  module { source = "./modules/user_activation" }
  variables { product_name = "Cards\nBcc: everybody@example.com" }
  expect_failures = [var.product_name]
}

run "product_without_a_name" {
  command = plan
  module { source = "./modules/user_activation" }
  variables { product_name = "  " }
  expect_failures = [var.product_name]
}

run "language_without_texts" {
  command = plan
  module { source = "./modules/user_activation" }
  variables { mail = { language = "fr" } }
  expect_failures = [var.mail]
}

run "text_that_no_mail_has" {
  command = plan
  module { source = "./modules/user_activation" }
  variables { mail = { texts = { headline = "Welcome!" } } }
  expect_failures = [var.mail]
}

run "text_with_a_second_header" {
  command = plan
  module { source = "./modules/user_activation" }
  variables { mail = { texts = { subject = "Welcome\nBcc: everybody@example.com" } } }
  expect_failures = [var.mail]
}

run "dollar_that_starts_no_placeholder" {
  command = plan
  module { source = "./modules/user_activation" }
  variables { mail = { texts = { welcome = "welcome, here is your $5:" } } }
  expect_failures = [var.mail]
}

run "name_outside_the_greeting" {
  command = plan
  module { source = "./modules/user_activation" }
  variables { mail = { texts = { welcome = "welcome, $${name}:" } } }
  expect_failures = [var.mail]
}

run "neither_standard_nor_express" {
  command = plan
  module { source = "./modules/user_activation" }
  variables { mail = { state_machine_type = "standard" } }
  expect_failures = [var.mail]
}

run "rate_of_nothing" {
  command = plan
  module { source = "./modules/user_activation" }
  variables { mail = { rate_per_second = 0 } }
  expect_failures = [var.mail]
}

run "half_a_mail_a_second" {
  command = plan
  module { source = "./modules/user_activation" }
  variables { mail = { rate_per_second = 0.5 } }
  expect_failures = [var.mail]
}

run "everybody_as_a_sandbox_recipient" {
  command = plan
  module { source = "./modules/user_activation" }
  variables { mail = { sandbox_recipients = ["jane@example.com", "*"] } }
  expect_failures = [var.mail]
}

run "neither_address_nor_domain" {
  command = plan
  module { source = "./modules/user_activation" }
  variables { mail = { identity_kind = "phone" } }
  expect_failures = [var.mail]
}

run "subdomain_of_an_address" {
  command = plan
  module { source = "./modules/user_activation" }
  variables { mail = { from_subdomain = "mail" } }
  expect_failures = [var.mail]
}

run "subdomain_with_its_domain" {
  command = plan
  module { source = "./modules/user_activation" }
  variables { mail = { identity_kind = "domain", from_subdomain = "mail.example.com." } }
  expect_failures = [var.mail]
}

run "users_expire_within_a_day" {
  command = plan
  module { source = "./modules/user_activation" }
  variables { unactivated_user_expiration_days = 0.5 }
  expect_failures = [var.unactivated_user_expiration_days]
}

run "users_expire_after_a_decade" {
  command = plan
  module { source = "./modules/user_activation" }
  variables { unactivated_user_expiration_days = 3651 }
  expect_failures = [var.unactivated_user_expiration_days]
}

run "texts_that_are_fine" {
  command = plan
  module { source = "./modules/user_activation" }

  variables {
    mail = {
      language = "de"
      texts = {
        subject  = "Willkommen bei $${product_name}"
        greeting = "Hallo $${name}, hier ist $${product_name}:"
        welcome  = "Ihr Guthaben von $$5 wartet. Ein Klick:"
      }
    }
  }
}

run "what_is_null_has_the_default" {
  command = plan
  module { source = "./modules/user_activation" }

  variables {
    product_name = null
    mail         = { language = null, texts = null, state_machine_type = null, create_identity = null, identity_kind = null }
    stream       = null
  }

  assert {
    condition = (
      var.product_name == "Digital Card Store" && var.mail.language == "en" && length(var.mail.texts) == 0
      && var.mail.state_machine_type == "STANDARD" && var.mail.create_identity && var.mail.identity_kind == "address"
      && var.stream.batch_size == 10
    )
    error_message = "For null, which the root passes for an unset variable, the module must use its default."
  }
}
