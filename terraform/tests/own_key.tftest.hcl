mock_provider "aws" {
  source = "./tests/mocks"
}


run "key_of_the_same_configuration" {
  command = plan
  module { source = "./tests/fixtures/own_key" }

  assert {
    condition     = module.context.encryption != null && length(module.user_activation.functions) == 3
    error_message = "The number of resources must not depend on the key's ARN."
  }
}
