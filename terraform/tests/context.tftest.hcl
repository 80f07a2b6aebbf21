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
      && !output.tracing && output.encryption == null && length(output.former_kms_key_arns) == 0
      && output.permissions_boundary == null
    )
    error_message = "For null, which the root passes for an unset variable, the module must use its default."
  }

  assert {
    condition     = "${output.partition} ${output.dns_suffix} ${output.region} ${output.account_id}" == "aws amazonaws.com eu-central-1 123456789012"
    error_message = "The context must contain the account, region and partition."
  }
}

run "own_key" {
  command = plan
  module { source = "./modules/context" }

  variables {
    encryption          = { kms_key_arn = "arn:aws:kms:eu-central-1:123456789012:key/one" }
    former_kms_key_arns = ["arn:aws:kms:eu-central-1:123456789012:key/former"]
  }

  assert {
    condition     = output.encryption.kms_key_arn == "arn:aws:kms:eu-central-1:123456789012:key/one" && output.former_kms_key_arns == tolist(["arn:aws:kms:eu-central-1:123456789012:key/former"])
    error_message = "The context must contain the keys."
  }
}

run "key_of_another_region" {
  command = plan
  module { source = "./modules/context" }

  variables {
    encryption          = { kms_key_arn = "arn:aws:kms:us-east-1:123456789012:key/one" }
    former_kms_key_arns = ["arn:aws:kms:us-east-1:123456789012:key/former"]
  }

  expect_failures = [var.encryption, var.former_kms_key_arns]
}

run "key_by_its_alias" {
  command = plan
  module { source = "./modules/context" }

  variables {
    encryption          = { kms_key_arn = "alias/onboarding" }
    former_kms_key_arns = ["arn:aws:kms:eu-central-1:123456789012:key/former", "arn:aws:kms:eu-central-1:123456789012:key/former"]
    name_prefix         = "aws-cards" # Parameter Store takes no name that begins with aws
  }

  expect_failures = [var.encryption, var.former_kms_key_arns, var.name_prefix]
}

run "unknown_level" {
  command = plan
  module { source = "./modules/context" }

  variables {
    logs        = { level = "info" }
    name_prefix = "sthree" # with the environment, a beginning that S3 reserves
  }

  expect_failures = [var.logs, var.name_prefix]
}

run "days_that_cloudwatch_does_not_take" {
  command = plan
  module { source = "./modules/context" }
  variables { logs = { retention_days = 2 } }

  override_data {
    target = data.aws_partition.current
    values = { partition = "aws-iso", dns_suffix = "c2s.ic.gov" }
  }

  expect_failures = [var.logs, data.aws_partition.current]
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

run "permissions_boundary" {
  command = plan
  module { source = "./modules/context" }
  variables { permissions_boundary = "arn:aws-us-gov:iam::123456789012:policy/github-actions/boundary" }

  assert {
    condition     = output.permissions_boundary == var.permissions_boundary
    error_message = "The context must contain the permissions boundary."
  }
}

run "permissions_boundary_that_is_no_policy" {
  command = plan
  module { source = "./modules/context" }
  variables { permissions_boundary = "arn:aws:iam::123456789012:role/boundary" }
  expect_failures = [var.permissions_boundary]
}
