# The validations of the root: single values, and values that depend on other modules. Every variable in
# expect_failures must fail, so one plan tests many. The modules' own tests cover the modules' validations.
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
    region           = "Frankfurt"
    aws_endpoint_url = "http://127.0.0.1:4566/path"
    from_address     = "Cards <hello@example.com>"
    tags             = { "aws:team" = "cards" } # a prefix of AWS's own
  }

  expect_failures = [var.region, var.aws_endpoint_url, var.from_address, var.tags]
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

run "delivery_without_pictures" {
  command = plan

  variables {
    delivery              = {}
    enable_web_api        = false
    enable_profile_images = false
  }

  expect_failures = [var.delivery]
}

run "one_host_for_pictures_and_page" {
  command = plan

  variables {
    delivery = { domain = { name = "accounts.example.com", certificate_arn = "arn:aws:acm:us-east-1:123456789012:certificate/c" } }
    web_api  = { domain = { name = "accounts.example.com", certificate_arn = "arn:aws:acm:eu-central-1:123456789012:certificate/c" } }
  }

  expect_failures = [var.delivery]
}

run "activation_without_a_sender" {
  command = plan
  variables { from_address = null }
  expect_failures = [var.enable_user_activation]
}
