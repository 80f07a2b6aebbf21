# Each variable refuses what it can tell to be wrong, before anything is made. Every variable named in
# expect_failures must fail, so one plan tests many.
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
    region                                 = "Frankfurt"
    name_prefix                            = "Onboarding"
    aws_endpoint_url                       = "http://127.0.0.1:4566/path"
    from_address                           = "Cards <hello@example.com>"
    product_name                           = "Cards\nBcc: everybody@example.com"
    mail_language                          = "fr"
    mail_texts                             = { headline = "Welcome!" }
    ses_identity_kind                      = "phone"
    ses_sandbox_recipients                 = ["jane@example.com", "*"]
    mail_rate_per_second                   = 0
    state_machine_type                     = "express"
    thumbnail_engine                       = "imagemagick"
    thumbnail_fit                          = "stretch"
    thumbnail_memory_size                  = 128
    tinypng_api_key_version                = 0
    tinypng_base_url                       = "http://evil.example/x"
    abort_incomplete_multipart_upload_days = 0
    noncurrent_version_expiration_days     = 0
    log_level                              = "info"
    log_retention_days                     = 2
  }

  expect_failures = [
    var.region,
    var.name_prefix,
    var.aws_endpoint_url,
    var.from_address,
    var.product_name,
    var.mail_language,
    var.mail_texts,
    var.ses_identity_kind,
    var.ses_sandbox_recipients,
    var.mail_rate_per_second,
    var.state_machine_type,
    var.thumbnail_engine,
    var.thumbnail_fit,
    var.thumbnail_memory_size,
    var.tinypng_api_key_version,
    var.tinypng_base_url,
    var.abort_incomplete_multipart_upload_days,
    var.noncurrent_version_expiration_days,
    var.log_level,
    var.log_retention_days,
  ]
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

run "activation_without_a_sender" {
  command = plan
  variables { from_address = null }
  expect_failures = [var.from_address]
}

run "wrong_values_of_the_page" {
  command = plan

  variables {
    web_api_domain           = { name = "https://accounts.example.com", certificate_arn = "certificate", hosted_zone_id = "example.com" }
    web_api_throttling       = { sign_in = { rate = 0, burst = 10 } }
    session_hours            = 0
    session_key_version      = 0
    activation_link_hours    = 1.5
    max_upload_bytes         = 0
    resend_cool_down_seconds = 0
    resend_limit             = 0
    page_language            = "fr"
  }

  expect_failures = [
    var.web_api_domain,
    var.web_api_throttling,
    var.session_hours,
    var.session_key_version,
    var.activation_link_hours,
    var.max_upload_bytes,
    var.resend_cool_down_seconds,
    var.resend_limit,
    var.page_language,
  ]
}

run "wrong_values_of_operation" {
  command = plan

  variables {
    alarm_addresses = ["operators@example.com", "nobody"]
    alarm_thresholds = {
      function_errors     = 0
      duration_percent    = 100
      waiting_seconds     = 43200
      failure_age_seconds = 21600
      bounce_rate         = 2.5
    }
    kms_key_arn = "arn:aws:kms:us-east-1:123456789012:key/one" # of another region
  }

  expect_failures = [var.alarm_addresses, var.alarm_thresholds, var.kms_key_arn]
}

run "age_that_sqs_never_reports" {
  command = plan
  variables { alarm_thresholds = { failure_age_seconds = 18300 } }
  expect_failures = [var.alarm_thresholds]
}

run "age_between_two_periods" {
  command = plan
  variables { alarm_thresholds = { failure_age_seconds = 14500 } }
  expect_failures = [var.alarm_thresholds]
}

run "key_by_its_alias" {
  command = plan
  variables { kms_key_arn = "alias/onboarding" }
  expect_failures = [var.kms_key_arn]
}

run "other_wrong_values" {
  command = plan

  variables {
    unactivated_user_expiration_days = 0.5
    name_prefix                      = "a2345678901234567890123456789012" # too long for a bucket's name
    from_address                     = "hello"
    mail_from_subdomain              = "mail" # of an address
    mail_rate_per_second             = 0.5
    product_name                     = "  "
    mail_texts                       = { subject = "Welcome\nBcc: everybody@example.com" }
    thumbnail_engine                 = "tinypng" # without a key
    max_image_bytes                  = 1.5
  }

  expect_failures = [
    var.name_prefix,
    var.from_address,
    var.mail_from_subdomain,
    var.mail_rate_per_second,
    var.product_name,
    var.mail_texts,
    var.tinypng_api_key,
    var.max_image_bytes,
    var.unactivated_user_expiration_days,
  ]
}

run "upload_that_does_not_fit_and_dollar_that_starts_no_placeholder" {
  command = plan

  variables {
    thumbnail_memory_size = 256
    max_image_bytes       = 29360129 # 28 MiB and one byte
    mail_texts            = { welcome = "welcome, here is your $5:" }
  }

  expect_failures = [var.max_image_bytes, var.mail_texts]
}

run "upload_that_just_fits_and_texts_that_are_fine" {
  command = plan

  variables {
    thumbnail_memory_size = 256
    max_image_bytes       = 29360128
    mail_language         = "de"
    mail_texts = {
      subject  = "Willkommen bei $${product_name}"
      greeting = "Hallo $${name}, hier ist $${product_name}:"
      welcome  = "Ihr Guthaben von $$5 wartet. Ein Klick:"
    }
  }
}

run "page_takes_what_gets_no_thumbnail_and_domain_of_another_region" {
  command = plan

  variables {
    max_image_bytes  = 5242880
    max_upload_bytes = 5242881
    web_api_domain   = { name = "accounts.example.com", certificate_arn = "arn:aws:acm:us-east-1:123456789012:certificate/c" }
  }

  expect_failures = [var.max_upload_bytes, var.web_api_domain]
}

run "page_takes_as_much_as_gets_a_thumbnail_and_domain_of_the_region" {
  command = plan

  variables {
    max_image_bytes  = 5242880
    max_upload_bytes = 5242880
    web_api_domain   = { name = "accounts.example.com", certificate_arn = "arn:aws:acm:eu-central-1:123456789012:certificate/c" }
  }
}

run "empty_key_and_upload_and_name_outside_the_greeting_and_no_subdomain" {
  command = plan

  variables {
    thumbnail_engine    = "tinypng"
    tinypng_api_key     = " "
    max_image_bytes     = 0
    mail_texts          = { welcome = "welcome, $${name}:" }
    ses_identity_kind   = "domain"
    mail_from_subdomain = "mail.example.com."
  }

  expect_failures = [var.tinypng_api_key, var.max_image_bytes, var.mail_texts, var.mail_from_subdomain]
}

run "users_expire_before_their_link" {
  command = plan

  variables {
    activation_link_hours            = 48
    unactivated_user_expiration_days = 3
  }

  expect_failures = [var.unactivated_user_expiration_days]
}
