# Each example, planned as somebody applies it.
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
    error_message = "Everything with defaults must have every function."
  }
}

run "pictures_only" {
  command = plan
  module { source = "./examples/pictures-only" }

  assert {
    condition     = keys(module.profile_images.functions) == ["create_thumbnail", "remove_profile_images", "set_profile_image"]
    error_message = "Pictures alone must have their functions."
  }
}

run "activation_mails_only" {
  command = plan
  module { source = "./examples/activation-mails-only" }

  assert {
    condition     = keys(merge(module.user_activation.functions, module.mail_feedback.functions)) == ["get_user_activation_status", "record_mail_feedback", "send_user_activation_mail", "user_table_trigger"]
    error_message = "Mails alone must have their functions."
  }
}

# The key is made by the same apply: its ARN is unknown in the plan.
run "own_application" {
  command = plan
  module { source = "./examples/own-application" }

  assert {
    condition     = module.context.encryption != null && length(module.operations.alarm_names) > 0 && length(output.ses_records.mail_from) == 2
    error_message = "There must be the key, the alarms and the domain's records."
  }
}
