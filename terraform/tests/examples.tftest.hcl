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
    condition     = module.context.encryption != null && module.delivery.for_pictures.invalidation != null && length(module.operations.alarm_names) > 0 && length(output.ses_records.mail_from) == 2
    error_message = "own-application must have the key, public addresses, the alarms and the domain's records."
  }
}

# Planned only: Terraform refuses to destroy it, also at the end of a test.
run "state_bucket" {
  command = plan
  module { source = "./examples/state-bucket" }

  variables {
    bucket_name = "acme-terraform-state"
  }

  override_resource {
    target          = aws_s3_bucket.state
    override_during = plan
    values          = { arn = "arn:aws:s3:::acme-terraform-state", id = "acme-terraform-state" }
  }

  assert {
    condition     = aws_s3_bucket_versioning.state.versioning_configuration[0].status == "Enabled"
    error_message = "The states must be versioned."
  }

  assert {
    condition     = one(one(aws_s3_bucket_server_side_encryption_configuration.state.rule).apply_server_side_encryption_by_default).sse_algorithm == "AES256"
    error_message = "The states must be encrypted."
  }

  assert {
    condition = alltrue([
      aws_s3_bucket_public_access_block.state.block_public_acls,
      aws_s3_bucket_public_access_block.state.block_public_policy,
      aws_s3_bucket_public_access_block.state.ignore_public_acls,
      aws_s3_bucket_public_access_block.state.restrict_public_buckets,
    ])
    error_message = "The bucket must block all public access."
  }

  assert {
    condition = (
      data.aws_iam_policy_document.tls_only.statement[0].effect == "Deny"
      && one(data.aws_iam_policy_document.tls_only.statement[0].condition).variable == "aws:SecureTransport"
      && toset(data.aws_iam_policy_document.tls_only.statement[0].resources) == toset(["arn:aws:s3:::acme-terraform-state", "arn:aws:s3:::acme-terraform-state/*"])
    )
    error_message = "Requests without TLS must be refused."
  }

  assert {
    condition     = output.backend.use_lockfile && output.backend.encrypt
    error_message = "The backend must lock and encrypt."
  }
}

run "state_bucket_with_a_key" {
  command = plan
  module { source = "./examples/state-bucket" }

  variables {
    bucket_name = "acme-terraform-state"
    kms_key_arn = "arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555"
  }

  assert {
    condition     = one(one(aws_s3_bucket_server_side_encryption_configuration.state.rule).apply_server_side_encryption_by_default).kms_master_key_id == output.backend.kms_key_id
    error_message = "Your own key must encrypt the states."
  }
}

run "state_bucket_name_is_checked" {
  command = plan
  module { source = "./examples/state-bucket" }

  variables {
    bucket_name                        = "Acme_State"
    kms_key_arn                        = "alias/state"
    noncurrent_version_expiration_days = 0
  }

  expect_failures = [var.bucket_name, var.kms_key_arn, var.noncurrent_version_expiration_days]
}
