# The root configuration, as a user deploys it.
mock_provider "aws" {
  source = "./tests/mocks"
}

override_resource {
  target          = module.profile_images[0].module.bucket.aws_s3_bucket.this
  override_during = plan
  values = {
    arn                         = "arn:aws:s3:::bucket"
    bucket_regional_domain_name = "bucket.s3.eu-central-1.amazonaws.com"
  }
}

variables {
  build_dir    = "tests/fixtures/packages"
  from_address = "hello@example.com"
}

run "defaults" {
  command = plan

  assert {
    condition     = length(local.endpoint_urls) == 0 && !local.uses_one_server
    error_message = "Without aws_endpoint_url, the provider must use AWS."
  }

  assert {
    condition     = output.user_table_name == "onboarding-dev-User" && output.user_profile_table_name == "onboarding-dev-user-profile"
    error_message = "The tables must have the contract's names after the prefix."
  }

  assert {
    condition     = output.profile_images_bucket_name == "onboarding-dev-images-123456789012-eu-central-1"
    error_message = "The bucket's name must contain the account, to be unique worldwide."
  }

  assert {
    # 10 concurrent executions are all that a new account may have.
    condition = jsonencode(output.concurrency) == jsonencode({
      functions = {
        onboarding-dev-UserTableTrigger        = 4
        onboarding-dev-GetUserActivationStatus = null
        onboarding-dev-SendUserActivationMail  = null
        onboarding-dev-SetProfileImage         = null
        onboarding-dev-CreateThumbnail         = 4
        onboarding-dev-RemoveProfileImages     = 4
        onboarding-dev-RecordMailFeedback      = 2
        onboarding-dev-WebApi                  = null
      }
      total = 14
    })
    error_message = "By default, streams and queues must take as little concurrency as Lambda lets them."
  }

  assert {
    # The folder create_thumbnail in lambdas/ has the function CreateThumbnail.
    condition = output.function_names == {
      for folder in keys(jsondecode(file("tests/fixtures/packages/manifest.json")).functions) :
      folder => "onboarding-dev-${join("", [for word in split("_", folder) : title(word)])}"
    }
    error_message = "Each folder in lambdas/ must have one function."
  }

  assert {
    condition = toset(keys(output.failure_queue_urls)) == toset(concat(["activation"], [
      for folder, function in local.functions : folder if contains(["event", "queue", "stream"], function.invoked_by)
    ]))
    error_message = "Everything that discards events must have a failure queue."
  }

  assert {
    condition     = output.region == "eu-central-1" && output.from_address == "hello@example.com"
    error_message = "region and from_address must be the given ones."
  }

  assert {
    condition = (
      local.upload_origin == "https://bucket.s3.eu-central-1.amazonaws.com"
      && output.web_state_table_name == "onboarding-dev-web-state"
      && output.activation_link_hours == 24
      && output.web_api_domain_target == null && output.delivery_origin == null && output.delivery_distribution_id == null
    )
    error_message = "By default, the page must be deployed, and pictures must go to the bucket's own host."
  }

  assert {
    condition     = length(output.ses_dkim_records) == 0 && length(output.ses_mail_from_records) == 0 && output.ses_dmarc_record == null
    error_message = "An address must have no DNS records."
  }

  assert {
    condition     = module.packages.function_packages["create_thumbnail"].runtime == "python3.13" && module.packages.function_packages["create_thumbnail"].architecture == "arm64"
    error_message = "Runtime and architecture must come from the manifest."
  }

  assert {
    condition = alltrue([
      for pair in setproduct(values(output.function_names), ["errors", "throttles", "duration"]) : contains(output.alarm_names, "${pair[0]}-${pair[1]}")
    ])
    error_message = "Every function must have its alarms."
  }

  assert {
    condition = alltrue([
      for pair in setproduct([for function in local.functions : function.name if function.invoked_by == "stream"], ["iterator-age", "lost-events"]) :
      contains(output.alarm_names, "${pair[0]}-${pair[1]}")
      ]) && alltrue([
      for pair in setproduct([for function in local.functions : function.name if function.invoked_by == "event"], ["event-age", "lost-events"]) :
      contains(output.alarm_names, "${pair[0]}-${pair[1]}")
    ])
    error_message = "Every function that a stream or S3 invokes must have its own alarms."
  }

  assert {
    condition = keys(local.failure_queues) == keys(output.failure_queue_urls) && alltrue([
      for pair in setproduct([for queue in local.failure_queues : queue.name], ["depth", "age"]) : contains(output.alarm_names, "${pair[0]}-${pair[1]}")
    ])
    error_message = "Every failure queue must have its alarms."
  }

  assert {
    condition = alltrue([
      for name in [
        "onboarding-dev-SendUserActivationMail-executions-failed", "onboarding-dev-SendUserActivationMail-executions-timed-out",
        "onboarding-dev-SendUserActivationMail-executions-aborted", "onboarding-dev-SendUserActivationMail-executions-throttled",
        "onboarding-dev-mail-feedback-backlog", "onboarding-dev-web-api-5xx", "onboarding-dev-bounce-rate", "onboarding-dev-complaint-rate",
      ] : contains(output.alarm_names, name)
    ])
    error_message = "Executions, API and mails must have their alarms."
  }

  assert {
    condition     = length(distinct(output.alarm_names)) == length(output.alarm_names) && output.dashboard_name == "onboarding-dev-eu-central-1"
    error_message = "Alarms must have unique names, and there must be a dashboard."
  }
}

run "without_alarms" {
  command = plan
  variables { alarms = { enabled = false } }

  assert {
    condition     = length(module.operations) == 0 && length(output.alarm_names) == 0 && output.alarm_topic_arn == null && output.dashboard_name == null
    error_message = "There must be no alarms, topic or dashboard."
  }
}

run "own_key_and_traces" {
  command = plan

  variables {
    enable_tracing = true
    tags           = { "Kostenstelle:2026" = "Größe 1 + a@b/c" }
    encryption     = { kms_key_arn = "arn:aws:kms:eu-central-1:123456789012:key/one" }
    alarms         = { addresses = ["operators@example.com"] }
  }

  assert {
    condition     = length(output.function_names) > 0
    error_message = "The plan must work with both settings."
  }
}

run "local_cloud" {
  command = plan

  variables { aws_endpoint_url = "http://127.0.0.1:4566" }

  assert {
    condition     = local.endpoint_urls == tolist(["http://127.0.0.1:4566"]) && local.uses_one_server
    error_message = "With aws_endpoint_url, the provider must use that URL for every service."
  }

  assert {
    condition     = local.upload_origin == "http://127.0.0.1:4566"
    error_message = "With aws_endpoint_url, browsers must get that URL for the bucket."
  }
}

run "public_addresses" {
  command = plan

  override_resource {
    target          = module.delivery[0].aws_cloudfront_distribution.this
    override_during = plan
    values = {
      id          = "E2EXAMPLE"
      arn         = "arn:aws:cloudfront::123456789012:distribution/E2EXAMPLE"
      domain_name = "d111111abcdef8.cloudfront.net"
    }
  }

  variables { delivery = { edge_seconds = 60 } }

  assert {
    condition = (
      output.delivery_origin == "https://d111111abcdef8.cloudfront.net" && output.delivery_distribution_id == "E2EXAMPLE"
      && output.delivery_distribution_arn == "arn:aws:cloudfront::123456789012:distribution/E2EXAMPLE"
    )
    error_message = "With delivery, thumbnails must have public addresses."
  }
}

run "public_addresses_of_the_local_cloud" {
  command = plan

  override_resource {
    target          = module.delivery[0].aws_cloudfront_distribution.this
    override_during = plan
    values = {
      id          = "E2EXAMPLE"
      arn         = "arn:aws:cloudfront::123456789012:distribution/E2EXAMPLE"
      domain_name = "d111111abcdef8.cloudfront.net"
    }
  }

  variables {
    aws_endpoint_url = "http://127.0.0.1:4566"
    delivery         = {}
  }

  assert {
    condition     = output.delivery_origin == "http://d111111abcdef8.cloudfront.localhost:4566"
    error_message = "The local cloud must serve the distribution at its own port."
  }
}

run "own_application" {
  command = plan

  variables {
    enable_web_api = false
    uploads        = { max_image_bytes = 1000 } # less than the page's limit
  }

  assert {
    condition     = length(module.web_api) == 0 && !contains(keys(output.function_names), "web_api")
    error_message = "The web API must be left out."
  }

  assert {
    condition     = output.web_api_url == null && output.web_api_domain_target == null && output.web_state_table_name == null && output.activation_link_hours == null
    error_message = "Outputs of the web API must be null."
  }
}

run "only_pictures" {
  command = plan

  variables {
    from_address           = null
    enable_user_activation = false
    enable_web_api         = false
  }

  assert {
    condition     = keys(output.function_names) == keys(module.profile_images[0].functions)
    error_message = "No resource of the activation may be deployed."
  }

  assert {
    condition = (
      output.user_table_name == null && output.state_machine_arn == null && output.mail_feedback_topic_arn == null
      && length(output.ses_dkim_records) == 0 && length(output.ses_mail_from_records) == 0 && output.ses_dmarc_record == null
      && keys(output.example_commands) == ["create_profile", "upload_picture"]
    )
    error_message = "Outputs must not name resources that are not deployed."
  }

  assert {
    condition     = length([for name in output.alarm_names : name if can(regex("(bounce|complaint)-rate|SendUserActivationMail", name))]) == 0
    error_message = "Without mails there must be no alarms on them."
  }
}

run "only_activation_mails" {
  command = plan

  variables {
    enable_profile_images = false
    enable_web_api        = false
  }

  assert {
    condition     = keys(output.function_names) == keys(merge(module.user_activation[0].functions, module.mail_feedback[0].functions))
    error_message = "No resource of the pictures may be deployed."
  }

  assert {
    condition = (
      output.profile_images_bucket_name == null && output.user_profile_table_name == null
      && keys(output.example_commands) == ["register_user"] && contains(output.alarm_names, "onboarding-dev-bounce-rate")
    )
    error_message = "Outputs must not name resources that are not deployed."
  }
}

run "neither_pipeline" {
  command = plan

  variables {
    enable_user_activation = false
    enable_profile_images  = false
    enable_web_api         = false
  }

  assert {
    condition     = length(output.function_names) == 0 && length(output.failure_queue_urls) == 0
    error_message = "Without any part, there must be no functions and no failure queues."
  }
}

run "without_configuration_set" {
  command = plan

  variables { mail = { create_configuration_set = false } }

  assert {
    condition = (
      length(module.mail_feedback) == 0
      && !contains(keys(output.function_names), "record_mail_feedback")
      && !contains(keys(output.failure_queue_urls), "record_mail_feedback")
      && output.mail_feedback_topic_arn == null
    )
    error_message = "Without a configuration set, mail_feedback must be left out, as SES publishes no events."
  }
}

run "domain_of_ones_own" {
  command = plan

  variables {
    mail = { identity_kind = "domain", from_subdomain = "mail", rate_per_second = 14 }
  }

  assert {
    condition = output.ses_mail_from_records == tolist([
      { name = "mail.example.com", type = "MX", value = "10 feedback-smtp.eu-central-1.amazonses.com" },
      { name = "mail.example.com", type = "TXT", value = "v=spf1 include:amazonses.com ~all" },
    ])
    error_message = "The MX record must lead to SES, and the SPF record must permit SES."
  }

  assert {
    condition     = output.ses_dmarc_record == { name = "_dmarc.example.com", type = "TXT", value = "v=DMARC1; p=none; rua=mailto:postmaster@example.com" }
    error_message = "The DMARC record must be for the sending domain."
  }
}

run "tinypng" {
  command = plan

  variables {
    thumbnails      = { engine = "tinypng" }
    tinypng_api_key = "a-key"
  }

  assert {
    condition     = output.function_names["create_thumbnail"] == "onboarding-dev-CreateThumbnail"
    error_message = "The engine must not change the function's name."
  }
}
