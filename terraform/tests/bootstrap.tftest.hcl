mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  github_repository = "acme/onboarding"
  state_bucket_name = "acme-terraform-state"
  state_key         = "user-onboarding/prod/terraform.tfstate"
}

run "defaults" {
  command = plan
  module { source = "./bootstrap" }

  assert {
    condition = (
      aws_iam_role.plan.name == "onboarding-prod-plan-eu-central-1" && aws_iam_role.deploy.name == "onboarding-prod-deploy-eu-central-1"
      && aws_iam_role.plan.path == "/github-actions/" && aws_iam_role.deploy.path == "/github-actions/" && aws_iam_policy.boundary.path == "/github-actions/"
    )
    error_message = "The roles and the boundary must have a path that no role of the deployment has."
  }

  assert {
    condition     = aws_iam_role.plan.max_session_duration == 3600 && aws_iam_role.deploy.max_session_duration == 3600
    error_message = "A session must last an hour at most."
  }

  assert {
    condition = local.subjects == {
      plan   = "repo:acme/onboarding:ref:refs/heads/main"
      deploy = "repo:acme/onboarding:environment:prod"
    }
    error_message = "The plan role is for main, the deploy role for the GitHub environment, which is named like the environment."
  }

  assert {
    condition     = length(local.other_identities) == 0 && length(local.identities) == 0
    error_message = "Without from_address there must be no right on identities."
  }
}

run "what_is_yours" {
  command = plan
  module { source = "./bootstrap" }

  variables {
    github_repository  = "acme@123456/onboarding@456789"
    from_address       = "Hello@mail.Example.co.uk"
    sandbox_recipients = ["jane@example.org"]
    domain             = { name = "accounts.example.com", certificate_arn = "arn:aws:acm:eu-central-1:123456789012:certificate/one" }
  }

  assert {
    condition = tolist(local.identities) == tolist([
      "arn:aws:ses:eu-central-1:123456789012:identity/Hello@mail.Example.co.uk",
      "arn:aws:ses:eu-central-1:123456789012:identity/mail.example.co.uk",
    ])
    error_message = "Mails must be allowed from the address and its domain, which SES writes in lower case."
  }

  assert {
    condition = tolist(local.other_identities) == tolist([
      "arn:aws:ses:eu-central-1:123456789012:identity/example.co.uk",
      "arn:aws:ses:eu-central-1:123456789012:identity/co.uk",
      "arn:aws:ses:eu-central-1:123456789012:identity/jane@example.org",
    ])
    error_message = "make preflight must be able to read the identities of the domains above the sender's, and of the recipients."
  }

  assert {
    condition     = length(local.hosted_zones) == 0 && local.subjects.deploy == "repo:acme@123456/onboarding@456789:environment:prod"
    error_message = "Without a hosted zone there must be no right on one; the subject must have the IDs and the GitHub environment."
  }
}

run "pictures_alone" {
  command = plan
  module { source = "./bootstrap" }

  assert {
    condition = [for one in data.aws_iam_policy_document.smoke.statement : one.resources if one.sid == "FindLeftovers"] == [
      toset(["arn:aws:dynamodb:eu-central-1:123456789012:table/onboarding-prod-user-profile"])
    ]
    error_message = "Without from_address, make smoke must find what a killed run left by its profiles (docs/smoke.md)."
  }

  assert {
    condition = alltrue([
      for sid in ["PutUsersAndProfiles", "PutPictures", "ReadThumbnails"] :
      contains(data.aws_iam_policy_document.smoke.statement[*].sid, sid)
    ]) && !contains(data.aws_iam_policy_document.smoke.statement[*].sid, "Counts")
    error_message = "Without from_address there is no page, and make smoke must be able to do what another application does."
  }
}

run "with_the_page" {
  command = plan
  module { source = "./bootstrap" }
  variables { from_address = "hello@example.com" }

  assert {
    condition     = local.has_page && !contains(data.aws_iam_policy_document.smoke.statement[*].sid, "PutPictures")
    error_message = "With the page, make smoke must have no right to put pictures itself."
  }
}

run "without_the_page" {
  command = plan
  module { source = "./bootstrap" }

  variables {
    from_address   = "hello@example.com"
    enable_web_api = false
  }

  assert {
    condition     = !local.has_page && contains(data.aws_iam_policy_document.smoke.statement[*].sid, "PutPictures")
    error_message = "Without the page, make smoke must be able to do what another application does."
  }
}

run "repository_with_a_wildcard" {
  command = plan
  module { source = "./bootstrap" }

  variables {
    github_repository = "acme/*"
  }

  expect_failures = [var.github_repository]
}

run "ids_of_one_half_alone" {
  command = plan
  module { source = "./bootstrap" }
  variables { github_repository = "acme@123456/onboarding" }
  expect_failures = [var.github_repository]
}

run "wildcards" {
  command = plan
  module { source = "./bootstrap" }

  variables {
    state_key          = "user-onboarding/*"
    from_address       = "*@example.com"
    sandbox_recipients = ["*@example.com"]
    environment        = "prod-*"
  }

  expect_failures = [var.state_key, var.from_address, var.sandbox_recipients, var.environment]
}

run "wildcard_in_the_prefix" {
  command = plan
  module { source = "./bootstrap" }
  variables { name_prefix = "onboarding*" }
  expect_failures = [var.name_prefix]
}

run "bucket_by_its_arn" {
  command = plan
  module { source = "./bootstrap" }
  variables { state_bucket_name = "arn:aws:s3:::acme-terraform-state" }
  expect_failures = [var.state_bucket_name]
}

run "unknown_region" {
  command = plan
  module { source = "./bootstrap" }
  variables { region = "Frankfurt" }
  expect_failures = [var.region]
}

run "things_that_are_not_there" {
  command = plan
  module { source = "./bootstrap" }

  variables {
    state_kms_key_arn   = "alias/state"
    encryption          = { kms_key_arn = "alias/onboarding" }
    former_kms_key_arns = ["arn:aws:kms:us-east-1:123456789012:key/former"]
    domain              = { name = "*.example.com", certificate_arn = "certificate", hosted_zone_id = "zone" }
  }

  expect_failures = [var.state_kms_key_arn, var.encryption, var.former_kms_key_arns, var.domain]
}

run "state_in_a_bucket_that_the_deployment_may_delete" {
  command = plan
  module { source = "./bootstrap" }
  variables { state_bucket_name = "onboarding-prod-state" }
  expect_failures = [var.state_bucket_name]
}

run "names_too_long" {
  command = plan
  module { source = "./bootstrap" }
  variables { name_prefix = "onboarding-onboarding-x" }
  expect_failures = [var.name_prefix]
}

run "provider_that_refuses_the_audience" {
  command = plan
  module { source = "./bootstrap" }
  variables { create_oidc_provider = false }

  override_data {
    target = data.aws_iam_openid_connect_provider.github
    values = { client_id_list = ["https://github.com/acme"] }
  }

  expect_failures = [data.aws_iam_openid_connect_provider.github]
}
