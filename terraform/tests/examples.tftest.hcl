# Plans each example unchanged.
mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  build_dir = "tests/fixtures/packages"
}

run "complete" {
  command = plan
  module { source = "./examples/complete" }

  assert {
    condition     = keys(output.function_names) == keys(jsondecode(file("tests/fixtures/packages/manifest.json")).functions)
    error_message = "The complete example must have every function."
  }
}

run "pictures_only" {
  command = plan
  module { source = "./examples/pictures-only" }

  assert {
    condition     = contains(keys(module.profile_images.functions), "create_thumbnail")
    error_message = "pictures-only must have the function create_thumbnail."
  }
}

run "activation_mails_only" {
  command = plan
  module { source = "./examples/activation-mails-only" }

  assert {
    condition     = contains(keys(module.user_activation.functions), "send_user_activation_mail") && length(module.mail_feedback.functions) == 1
    error_message = "activation-mails-only must have the functions for mails and for bounces."
  }
}

# The same apply creates the key, so its ARN is unknown in the plan.
run "own_application" {
  command = plan
  module { source = "./examples/own-application" }

  assert {
    condition     = module.context.encryption != null && length(module.operations.alarm_names) > 0 && length(output.ses_records.mail_from) == 2
    error_message = "own-application must have the key, the alarms and the domain's records."
  }
}
