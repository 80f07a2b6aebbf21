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
    condition     = output.user_table_name == "mails-User"
    error_message = "Mails alone must have the table of users."
  }
}
