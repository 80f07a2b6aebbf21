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
    logs                 = { level = "INFO", retention_days = 30 }
    tracing              = false
    encryption           = null
    former_kms_key_arns  = []
    permissions_boundary = null
  }
  build_dir = "tests/fixtures/packages"
}

run "packages" {
  module { source = "./modules/packages" }

  assert {
    condition     = output.bucket == "test-artifacts-123456789012-eu-central-1"
    error_message = "The output must name the bucket of the zips."
  }

  assert {
    condition = (
      output.function_packages["web_api"].path == "tests/fixtures/packages/web_api.zip"
      && output.function_packages["web_api"].handler == "web_api.handler.handler"
      && output.function_packages["web_api"].runtime == "python3.13"
      && output.layer_packages["pillow"].architecture == "arm64"
    )
    error_message = "Packages must match the manifest."
  }
}

run "nothing_was_built" {
  command = plan
  module { source = "./modules/packages" }
  variables { build_dir = "tests/fixtures" }
  expect_failures = [var.build_dir]
}

run "manifest_of_another_version" {
  command = plan
  module { source = "./modules/packages" }
  variables { build_dir = "tests/fixtures/other_manifest" }
  expect_failures = [var.build_dir]
}
