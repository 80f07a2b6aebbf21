# What the root checks: what is wrong by itself or beside another module's values, before anything is made. Every
# variable named in expect_failures must fail, so one plan tests many. A group is checked by its module.
mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  build_dir    = "tests/fixtures/packages"
  from_address = "hello@example.com"
}

run "wrong_values" {
  command = plan

  variables {
    region             = "Frankfurt"
    name_prefix        = "Onboarding"
    aws_endpoint_url   = "http://127.0.0.1:4566/path"
    log_level          = "info"
    log_retention_days = 2
  }

  expect_failures = [var.region, var.name_prefix, var.aws_endpoint_url, var.log_level, var.log_retention_days]
}

run "key_of_another_region" {
  command = plan
  variables { kms_key_arn = "arn:aws:kms:us-east-1:123456789012:key/one" }
  expect_failures = [var.kms_key_arn]
}

run "key_by_its_alias" {
  command = plan
  variables { kms_key_arn = "alias/onboarding" }
  expect_failures = [var.kms_key_arn]
}

run "prefix_too_long_for_a_bucket" {
  command = plan
  variables { name_prefix = "a2345678901234567890123456789012" }
  expect_failures = [var.name_prefix]
}

run "page_without_activation" {
  command = plan
  variables { enable_user_activation = false }
  expect_failures = [var.enable_web_api]
}

run "page_without_pictures" {
  command = plan
  variables { enable_profile_images = false }
  expect_failures = [var.enable_web_api]
}

run "activation_without_a_sender" {
  command = plan
  variables { from_address = null }
  expect_failures = [var.from_address]
}
