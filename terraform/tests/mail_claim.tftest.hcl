# user_activation with its real functions: duration of the mail claim, and texts for the mail function.
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

run "claim" {
  module { source = "./modules/user_activation" }

  assert {
    condition     = tonumber(module.send_user_activation_mail.environment["MAIL_CLAIM_SECONDS"]) == 2 * module.send_user_activation_mail.timeout
    error_message = "A claim must not expire while its holder may still send."
  }

  assert {
    condition     = local.claim_wait_seconds > tonumber(module.send_user_activation_mail.environment["MAIL_CLAIM_SECONDS"])
    error_message = "An execution must wait longer than the claim of another one can last."
  }
}

run "claim_with_express" {
  module { source = "./modules/user_activation" }

  variables { mail = { state_machine_type = "EXPRESS" } }

  assert {
    condition     = local.claim_wait_seconds > tonumber(module.send_user_activation_mail.environment["MAIL_CLAIM_SECONDS"])
    error_message = "An EXPRESS execution, too, must wait longer than the claim of another one can last."
  }
}

run "no_rate" {
  module { source = "./modules/user_activation" }

  assert {
    condition     = !contains(keys(module.send_user_activation_mail.environment), "SECONDS_FOR_EACH_MAIL") && local.concurrent_sends == null
    error_message = "Without a rate, no mail may be delayed and no concurrency reserved."
  }
}

run "rate" {
  module { source = "./modules/user_activation" }

  variables { mail = { rate_per_second = 14 } }

  assert {
    condition     = local.concurrent_sends / tonumber(module.send_user_activation_mail.environment["SECONDS_FOR_EACH_MAIL"]) <= 14
    error_message = "Concurrency and seconds for each mail must not exceed the rate."
  }

  assert {
    condition     = module.send_user_activation_mail.reserved_concurrent_executions == 14
    error_message = "The reserved concurrency must equal the rate."
  }
}

run "own_language" {
  module { source = "./modules/user_activation" }

  assert {
    condition = (
      module.send_user_activation_mail.environment["PRODUCT_NAME"] == "Cards"
      && module.send_user_activation_mail.environment["MAIL_LANGUAGE"] == "en"
      && !contains(keys(module.send_user_activation_mail.environment), "MAIL_TEXTS")
    )
    error_message = "By default, the mail must have the English texts."
  }
}

run "other_texts" {
  module { source = "./modules/user_activation" }

  variables {
    mail = { language = "de", texts = { greeting = "Hallo $${name} & Co.," } }
  }

  assert {
    condition     = module.send_user_activation_mail.environment["MAIL_LANGUAGE"] == "de"
    error_message = "The language must be the given one."
  }

  assert {
    condition     = jsondecode(module.send_user_activation_mail.environment["MAIL_TEXTS"]) == { greeting = "Hallo $${name} & Co.," }
    error_message = "The function must get the texts unchanged."
  }
}
