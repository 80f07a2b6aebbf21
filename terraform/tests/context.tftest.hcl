mock_provider "aws" {
  source = "./tests/mocks"
}

run "defaults" {
  command = plan
  module { source = "./modules/context" }

  variables {
    name_prefix    = null
    environment    = null
    logs           = { level = null, retention_days = null }
    enable_tracing = null
  }

  assert {
    condition = (
      output.prefix == "onboarding-dev" && output.logs == { level = "INFO", retention_days = 30 }
      && !output.tracing && output.encryption == null
    )
    error_message = "For null, which the root passes for an unset variable, the module must use its default."
  }

  assert {
    condition     = "${output.partition} ${output.region} ${output.account_id}" == "aws eu-central-1 123456789012"
    error_message = "The context must contain the account, region and partition."
  }
}

run "own_key" {
  command = plan
  module { source = "./modules/context" }
  variables { encryption = { kms_key_arn = "arn:aws:kms:eu-central-1:123456789012:key/one" } }

  assert {
    condition     = output.encryption.kms_key_arn == "arn:aws:kms:eu-central-1:123456789012:key/one"
    error_message = "The context must contain the key."
  }
}

run "key_of_another_region" {
  command = plan
  module { source = "./modules/context" }
  variables { encryption = { kms_key_arn = "arn:aws:kms:us-east-1:123456789012:key/one" } }
  expect_failures = [var.encryption]
}

run "key_by_its_alias" {
  command = plan
  module { source = "./modules/context" }
  variables { encryption = { kms_key_arn = "alias/onboarding" } }
  expect_failures = [var.encryption]
}

run "unknown_level" {
  command = plan
  module { source = "./modules/context" }
  variables { logs = { level = "info" } }
  expect_failures = [var.logs]
}

run "days_that_cloudwatch_does_not_take" {
  command = plan
  module { source = "./modules/context" }
  variables { logs = { retention_days = 2 } }
  expect_failures = [var.logs]
}

run "prefix_in_capitals" {
  command = plan
  module { source = "./modules/context" }
  variables { name_prefix = "Onboarding" }
  expect_failures = [var.name_prefix]
}

run "environment_in_capitals" {
  command = plan
  module { source = "./modules/context" }
  variables { environment = "Dev" }
  expect_failures = [var.environment]
}

run "names_that_just_fit" {
  command = plan
  module { source = "./modules/context" }

  variables {
    name_prefix = "a234567890123456789012" # with "-prod" and "-eu-central-1", 40
    environment = "prod"
  }

  assert {
    condition     = output.prefix == "a234567890123456789012-prod"
    error_message = "Prefix and environment must start each name."
  }
}

run "names_too_long_for_a_role" {
  command = plan
  module { source = "./modules/context" }

  variables {
    name_prefix = "a2345678901234567890123"
    environment = "prod"
  }

  expect_failures = [var.name_prefix]
}
