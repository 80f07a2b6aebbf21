mock_provider "aws" {
  source = "./tests/mocks"
}

# Different ARNs, so that a permission for one resource does not pass for another.
override_resource {
  target = aws_dynamodb_table.this
  values = { arn = "arn:aws:dynamodb:eu-central-1:123456789012:table/test-web-state" }
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
  user_table_name            = "test-User"
  user_table_arn             = "arn:aws:dynamodb:eu-central-1:123456789012:table/test-User"
  user_profile_table_name    = "test-user-profile"
  user_profile_table_arn     = "arn:aws:dynamodb:eu-central-1:123456789012:table/test-user-profile"
  profile_images_bucket_name = "test-pictures"
  profile_images_bucket_arn  = "arn:aws:s3:::test-pictures"
  state_machine_arn          = "arn:aws:states:eu-central-1:123456789012:stateMachine:test-SendUserActivationMail"
  upload_origin              = "https://test-pictures.s3.eu-central-1.amazonaws.com"
  thumbnail_sizes            = [150, 300]
  max_image_bytes            = 1000
  product_name               = "Cards"
  sessions                   = { key_version = 3 }
  settings = {
    language         = "de"
    max_upload_bytes = 1000
    throttling = {
      sign_in = { rate = 50, burst = 100 }
      resend  = { rate = 0.5, burst = 20 }
    }
  }
}

run "api" {
  module { source = "./modules/web_api" }

  assert {
    condition     = aws_apigatewayv2_api.this.protocol_type == "HTTP" && length(aws_apigatewayv2_api.this.cors_configuration) == 0
    error_message = "Scripts of other origins must not read the API's responses."
  }

  assert {
    condition = (
      aws_apigatewayv2_integration.this.integration_type == "AWS_PROXY"
      && aws_apigatewayv2_integration.this.payload_format_version == "2.0"
      && aws_apigatewayv2_integration.this.integration_uri == module.web_api.arn
    )
    error_message = "Every request must reach the function, in its payload format."
  }

  assert {
    condition = { for route in aws_apigatewayv2_route.this : route.route_key => route.target } == {
      for key in ["$default", "POST /users", "POST /sign-in", "POST /users/{username}/activation-mail"] :
      key => "integrations/${aws_apigatewayv2_integration.this.id}"
    }
    error_message = "The routes with their own limits and the default route must lead to the function."
  }

  assert {
    condition     = aws_apigatewayv2_stage.this.name == "$default" && aws_apigatewayv2_stage.this.auto_deploy
    error_message = "Paths must not contain the stage's name, and changes must be deployed automatically."
  }

  assert {
    condition = (
      aws_apigatewayv2_stage.this.default_route_settings[0].throttling_rate_limit == 200
      && aws_apigatewayv2_stage.this.default_route_settings[0].throttling_burst_limit == 400
      && { for route in aws_apigatewayv2_stage.this.route_settings : route.route_key => [route.throttling_rate_limit, route.throttling_burst_limit] } == {
        "POST /users"                            = [20, 200]
        "POST /sign-in"                          = [50, 100]
        "POST /users/{username}/activation-mail" = [0.5, 20]
      }
    )
    error_message = "Each route must have its own limit."
  }

  assert {
    condition = {
      for name, permission in aws_lambda_permission.this : name => permission.source_arn
      if permission.principal == "apigateway.amazonaws.com" && permission.source_account == null
      } == {
      default = "${aws_apigatewayv2_api.this.execution_arn}/$default/$default"
      sign_up = "${aws_apigatewayv2_api.this.execution_arn}/$default/POST/users"
      sign_in = "${aws_apigatewayv2_api.this.execution_arn}/$default/POST/sign-in"
      resend  = "${aws_apigatewayv2_api.this.execution_arn}/$default/POST/users/*/activation-mail"
    }
    error_message = "Only this API's routes may invoke the function, and no condition may need a key that API Gateway does not send."
  }
}

run "access_log" {
  module { source = "./modules/web_api" }

  assert {
    condition     = aws_cloudwatch_log_group.access.retention_in_days == 30 && startswith(aws_cloudwatch_log_group.access.name, "/aws/vendedlogs/")
    error_message = "The access log must have a retention and the prefix of the shared resource policy."
  }

  assert {
    condition = alltrue([
      for variable in values(jsondecode(aws_apigatewayv2_stage.this.access_log_settings[0].format)) :
      !can(regex("path|query|header|cookie|authorizer|userAgent|extendedRequestId", variable))
    ])
    error_message = "Neither paths, which contain usernames, nor query strings, which contain tokens, may be logged."
  }

  assert {
    condition     = length(setsubtract(["requestId", "routeKey", "status", "integrationError"], keys(jsondecode(aws_apigatewayv2_stage.this.access_log_settings[0].format)))) == 0
    error_message = "The access log must contain the request's ID, route, status and error."
  }
}

run "function" {
  module { source = "./modules/web_api" }

  assert {
    condition = module.web_api.environment == tomap({
      POWERTOOLS_SERVICE_NAME    = "web_api"
      POWERTOOLS_LOG_LEVEL       = "INFO"
      USER_TABLE_NAME            = "test-User"
      USER_PROFILE_TABLE_NAME    = "test-user-profile"
      WEB_STATE_TABLE_NAME       = "test-web-state"
      PROFILE_IMAGES_BUCKET_NAME = "test-pictures"
      THUMBNAIL_SIZES            = "150,300"
      STATE_MACHINE_ARN          = var.state_machine_arn
      PUBLIC_ORIGINS             = aws_apigatewayv2_api.this.api_endpoint
      UPLOAD_ORIGIN              = "https://test-pictures.s3.eu-central-1.amazonaws.com"
      SESSION_KEY_PARAMETER      = "/test/web-api-session-key"
      SESSION_HOURS              = "12"
      SESSION_IDLE_HOURS         = "1"
      ACTIVATION_LINK_HOURS      = "24"
      MAX_UPLOAD_BYTES           = "1000"
      UPLOADS_PER_DAY            = "50"
      RESEND_COOL_DOWN_SECONDS   = "60"
      RESEND_LIMIT               = "5"
      SIGN_UPS_PER_HOUR          = "20"
      PRODUCT_NAME               = "Cards"
      PAGE_LANGUAGE              = "de"
    })
    error_message = "The function must get its tables, origins and limits."
  }

  assert {
    condition     = module.web_api.timeout < 30
    error_message = "The function's timeout must be below that of API Gateway."
  }

  assert {
    condition     = output.url == aws_apigatewayv2_api.this.api_endpoint && output.public_origins == [aws_apigatewayv2_api.this.api_endpoint] && output.domain_target == null
    error_message = "Without a domain, the page must have the API's own URL."
  }
}

run "rights" {
  module { source = "./modules/web_api" }

  assert {
    condition = { for statement in data.aws_iam_policy_document.web_api.statement : statement.sid => [sort(statement.actions), sort(statement.resources)] } == {
      ReadUserWithoutToken        = [tolist(["dynamodb:GetItem"]), tolist([var.user_table_arn])]
      WriteUser                   = [tolist(["dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:UpdateItem"]), tolist([var.user_table_arn])]
      CreateAndReadProfile        = [tolist(["dynamodb:GetItem", "dynamodb:PutItem"]), tolist([var.user_profile_table_arn])]
      CloseUploads                = [tolist(["dynamodb:UpdateItem"]), tolist([var.user_profile_table_arn])]
      CountAttemptsAndEndSessions = [tolist(["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"]), tolist([aws_dynamodb_table.this.arn])]
      LetUsersUpload              = [tolist(["s3:PutObject"]), tolist(["arn:aws:s3:::test-pictures/original/users/*"])]
      LetUsersSeeThumbnails       = [tolist(["s3:GetObject"]), tolist(["arn:aws:s3:::test-pictures/thumbnails-300/users/*", "arn:aws:s3:::test-pictures/thumbnails/users/*"])]
      SendActivationMailAgain     = [tolist(["states:StartExecution"]), tolist([var.state_machine_arn])]
      ReadSessionKey              = [tolist(["ssm:GetParameter"]), tolist([aws_ssm_parameter.session_key.arn])]
    }
    error_message = "The function may do only what its routes need; it must not send mails."
  }

  assert {
    condition = {
      for statement in data.aws_iam_policy_document.web_api.statement : statement.sid => {
        for condition in statement.condition : condition.variable => condition.test
      } if length(statement.condition) > 0
      } == {
      ReadUserWithoutToken  = { "dynamodb:Attributes" = "ForAllValues:StringEquals", "dynamodb:Select" = "StringEquals" }
      WriteUser             = { "dynamodb:ReturnValues" = "StringEqualsIfExists" }
      CloseUploads          = { "dynamodb:Attributes" = "ForAllValues:StringEquals" }
      LetUsersUpload        = { "s3:authType" = "StringEquals", "s3:if-none-match" = "Null" }
      LetUsersSeeThumbnails = { "s3:authType" = "StringEquals" }
    }
    error_message = "The policy must deny a read without a projection, and a write that returns the item."
  }

  assert {
    condition = {
      for condition in flatten(data.aws_iam_policy_document.web_api.statement[*].condition) : condition.variable => sort(condition.values)...
      } == {
      "dynamodb:Attributes" = [sort(local.readable_user_attributes), tolist(["id", "uploadsClosedAt"])]
      "dynamodb:Select"     = [tolist(["SPECIFIC_ATTRIBUTES"])]
      # UPDATED_OLD would return a token that is being removed.
      "dynamodb:ReturnValues" = [tolist(["NONE"])]
      "s3:authType"           = [tolist(["REST-QUERY-STRING"]), tolist(["REST-QUERY-STRING"])]
      "s3:if-none-match"      = [tolist(["false"])]
    }
    error_message = "Reads may name only the listed attributes, and writes must return nothing."
  }

  assert {
    condition     = contains(local.readable_user_attributes, "username") && !contains(local.readable_user_attributes, "activationToken")
    error_message = "The function must not read the token."
  }
}

run "session_key" {
  module { source = "./modules/web_api" }

  assert {
    condition = (
      aws_ssm_parameter.session_key.name == "/test/web-api-session-key"
      && aws_ssm_parameter.session_key.type == "SecureString"
      && aws_ssm_parameter.session_key.value_wo_version == 3
      && aws_ssm_parameter.session_key.key_id == "alias/aws/ssm"
    )
    error_message = "The session key must be stored encrypted, and replaced when its version is incremented."
  }
}

run "state_table" {
  module { source = "./modules/web_api" }

  assert {
    condition = (
      aws_dynamodb_table.this.name == "test-web-state"
      && aws_dynamodb_table.this.hash_key == "id"
      && one(aws_dynamodb_table.this.attribute).type == "S"
      && aws_dynamodb_table.this.billing_mode == "PAY_PER_REQUEST"
      && aws_dynamodb_table.this.ttl[0].enabled
      && aws_dynamodb_table.this.ttl[0].attribute_name == "expiresAt"
    )
    error_message = "The table must have the key that the function uses, and TTL must remove expired items."
  }

  assert {
    condition     = aws_dynamodb_table.this.server_side_encryption[0].enabled
    error_message = "The table must be encrypted."
  }
}

run "what_is_watched" {
  module { source = "./modules/web_api" }

  assert {
    condition     = jsonencode(output.functions) == jsonencode({ web_api = { name = "test-WebApi", timeout_seconds = 15, invoked_by = "http_api", maximum_concurrency = null } }) && output.api_id == aws_apigatewayv2_api.this.id
    error_message = "The outputs must name the function and the API."
  }
}

run "own_key" {
  module { source = "./modules/web_api" }
  variables { context = merge(var.context, { encryption = { kms_key_arn = "arn:aws:kms:eu-central-1:123456789012:key/one" } }) }

  assert {
    condition = (
      aws_dynamodb_table.this.server_side_encryption[0].kms_key_arn == var.context.encryption.kms_key_arn
      && aws_ssm_parameter.session_key.key_id == var.context.encryption.kms_key_arn
      && aws_ssm_parameter.session_key.value_wo_version > 1000
      && aws_cloudwatch_log_group.access.kms_key_id == var.context.encryption.kms_key_arn
    )
    error_message = "The key must encrypt the table, the session key, which is stored again for it, and the access log."
  }
}

run "domain_with_its_zone" {
  module { source = "./modules/web_api" }

  variables {
    settings = {
      max_upload_bytes = 1000
      domain = {
        name            = "accounts.example.com"
        certificate_arn = "arn:aws:acm:eu-central-1:123456789012:certificate/c"
        hosted_zone_id  = "Z123"
      }
    }
  }

  assert {
    condition = (
      aws_apigatewayv2_domain_name.this[0].domain_name == "accounts.example.com"
      && aws_apigatewayv2_domain_name.this[0].domain_name_configuration[0].certificate_arn == var.settings.domain.certificate_arn
      && aws_apigatewayv2_domain_name.this[0].domain_name_configuration[0].security_policy == "TLS_1_2"
      && aws_apigatewayv2_domain_name.this[0].domain_name_configuration[0].endpoint_type == "REGIONAL"
    )
    error_message = "The domain must use its certificate, with TLS 1.2 or newer."
  }

  assert {
    condition = (
      aws_apigatewayv2_api_mapping.this[0].domain_name == "accounts.example.com"
      && aws_apigatewayv2_api_mapping.this[0].stage == "$default"
      && aws_apigatewayv2_api_mapping.this[0].api_mapping_key == null
    )
    error_message = "The domain must lead to the page, without a path prefix."
  }

  assert {
    condition     = aws_route53_record.this[0].name == "accounts.example.com" && aws_route53_record.this[0].zone_id == "Z123" && aws_route53_record.this[0].type == "A"
    error_message = "The record must be created in the zone."
  }

  assert {
    condition = (
      module.web_api.environment["PUBLIC_ORIGINS"] == "${aws_apigatewayv2_api.this.api_endpoint} https://accounts.example.com"
      && output.public_origins == [aws_apigatewayv2_api.this.api_endpoint, "https://accounts.example.com"]
      && output.url == "https://accounts.example.com"
      && output.domain_target == null
    )
    error_message = "The page must work on both origins, and its URL must be on the domain."
  }
}

run "public_addresses" {
  module { source = "./modules/web_api" }
  variables { thumbnail_origin = "https://pictures.example.com" }

  assert {
    condition = (
      module.web_api.environment["THUMBNAIL_ORIGIN"] == "https://pictures.example.com"
      && !contains(data.aws_iam_policy_document.web_api.statement[*].sid, "LetUsersSeeThumbnails")
    )
    error_message = "With public addresses, the function must sign no links to thumbnails."
  }
}

run "users_expire" {
  module { source = "./modules/web_api" }
  variables { unactivated_user_expiration_days = 7 }

  assert {
    condition     = module.web_api.environment["UNACTIVATED_USER_EXPIRATION_DAYS"] == "7"
    error_message = "The function must get the days until a user who never activates is removed."
  }
}

run "domain_without_its_zone" {
  module { source = "./modules/web_api" }

  variables {
    settings = {
      max_upload_bytes = 1000
      domain           = { name = "accounts.example.com", certificate_arn = "arn:aws:acm:eu-central-1:123456789012:certificate/c" }
    }
  }

  assert {
    condition     = length(aws_route53_record.this) == 0 && output.domain_target == aws_apigatewayv2_domain_name.this[0].domain_name_configuration[0].target_domain_name
    error_message = "Without a zone, the output must name the target for a CNAME."
  }
}

run "function_is_not_built" {
  command = plan
  module { source = "./modules/web_api" }
  variables { packages = { bucket = "artifacts", function_packages = {} } }
  expect_failures = [var.packages]
}

run "language_without_a_page" {
  command = plan
  module { source = "./modules/web_api" }
  variables { settings = { language = "fr", max_upload_bytes = 1000 } }
  expect_failures = [var.settings]
}

run "domain_with_a_scheme" {
  command = plan
  module { source = "./modules/web_api" }
  variables { settings = { domain = { name = "https://accounts.example.com", certificate_arn = "arn:aws:acm:eu-central-1:123456789012:certificate/c" }, max_upload_bytes = 1000 } }
  expect_failures = [var.settings]
}

run "certificate_that_is_none" {
  command = plan
  module { source = "./modules/web_api" }
  variables { settings = { domain = { name = "accounts.example.com", certificate_arn = "certificate" }, max_upload_bytes = 1000 } }
  expect_failures = [var.settings]
}

run "certificate_of_another_region" {
  command = plan
  module { source = "./modules/web_api" }
  variables { settings = { domain = { name = "accounts.example.com", certificate_arn = "arn:aws:acm:us-east-1:123456789012:certificate/c" }, max_upload_bytes = 1000 } }
  expect_failures = [var.settings]
}

run "zone_by_its_name" {
  command = plan
  module { source = "./modules/web_api" }
  variables { settings = { domain = { name = "accounts.example.com", certificate_arn = "arn:aws:acm:eu-central-1:123456789012:certificate/c", hosted_zone_id = "example.com" }, max_upload_bytes = 1000 } }
  expect_failures = [var.settings]
}

run "rate_of_nothing" {
  command = plan
  module { source = "./modules/web_api" }
  variables { settings = { throttling = { default = { rate = 0, burst = 1 } }, max_upload_bytes = 1000 } }
  expect_failures = [var.settings]
}

run "upload_of_nothing" {
  command = plan
  module { source = "./modules/web_api" }
  variables { settings = { max_upload_bytes = 0 } }
  expect_failures = [var.settings]
}

run "no_upload_a_day" {
  command = plan
  module { source = "./modules/web_api" }
  variables { uploads = { per_day = 0 } }
  expect_failures = [var.uploads]
}

run "too_many_uploads_a_day" {
  command = plan
  module { source = "./modules/web_api" }
  variables { uploads = { per_day = 1001 } }
  expect_failures = [var.uploads]
}

run "upload_that_gets_no_thumbnail" {
  command = plan
  module { source = "./modules/web_api" }
  variables { settings = { max_upload_bytes = 1001 } }
  expect_failures = [var.settings]
}

run "link_of_an_hour_and_a_half" {
  command = plan
  module { source = "./modules/web_api" }
  variables { settings = { activation_link_hours = 1.5, max_upload_bytes = 1000 } }
  expect_failures = [var.settings]
}

run "no_cool_down" {
  command = plan
  module { source = "./modules/web_api" }
  variables { settings = { resend_cool_down_seconds = 0, max_upload_bytes = 1000 } }
  expect_failures = [var.settings]
}

run "no_resend" {
  command = plan
  module { source = "./modules/web_api" }
  variables { settings = { resend_limit = 0, max_upload_bytes = 1000 } }
  expect_failures = [var.settings]
}

run "no_sign_up" {
  command = plan
  module { source = "./modules/web_api" }
  variables { settings = { sign_ups_per_hour = 0, max_upload_bytes = 1000 } }
  expect_failures = [var.settings]
}

run "reserved_usernames" {
  command = plan
  module { source = "./modules/web_api" }
  variables { settings = { reserved_usernames = ["acme-shop", "acme"], max_upload_bytes = 1000 } }

  assert {
    condition     = module.web_api.environment.RESERVED_USERNAMES == "acme acme-shop"
    error_message = "The function must get the reserved usernames."
  }
}

run "reserved_username_that_nobody_can_have" {
  command = plan
  module { source = "./modules/web_api" }
  variables { settings = { reserved_usernames = ["Acme Shop"], max_upload_bytes = 1000 } }
  expect_failures = [var.settings]
}

run "more_reserved_usernames_than_the_environment_takes" {
  command = plan
  module { source = "./modules/web_api" }
  variables { settings = { reserved_usernames = [for number in range(300) : "user-${number}"], max_upload_bytes = 1000 } }
  expect_failures = [var.settings]
}

run "session_of_nothing" {
  command = plan
  module { source = "./modules/web_api" }
  variables { sessions = { hours = 0 } }
  expect_failures = [var.sessions]
}

run "session_that_is_never_idle" {
  command = plan
  module { source = "./modules/web_api" }
  variables { sessions = { idle_hours = 0 } }
  expect_failures = [var.sessions]
}

run "session_idle_for_longer_than_it_lasts" {
  command = plan
  module { source = "./modules/web_api" }
  variables { sessions = { hours = 2, idle_hours = 3 } }
  expect_failures = [var.sessions]
}

run "shortest_session" {
  command = plan
  module { source = "./modules/web_api" }
  variables { sessions = { hours = 1 } }

  assert {
    condition     = module.web_api.environment["SESSION_HOURS"] == "1" && module.web_api.environment["SESSION_IDLE_HOURS"] == "1"
    error_message = "Every number of hours must be valid with the default of idle_hours."
  }
}

run "key_before_the_first" {
  command = plan
  module { source = "./modules/web_api" }
  variables { sessions = { key_version = 0 } }
  expect_failures = [var.sessions]
}

run "longest_environment_variables" {
  module { source = "./modules/web_api" }

  variables {
    context = merge(var.context, { prefix = join("", [for number in range(26) : "a"]), region = "us-gov-east-1", logs = { level = "CRITICAL", retention_days = 30 } })
    settings = {
      domain             = { name = "${join(".", [for number in range(4) : join("", [for number in range(62) : "d"])])}", certificate_arn = "arn:aws-us-gov:acm:us-gov-east-1:123456789012:certificate/one" }
      max_upload_bytes   = 1000
      reserved_usernames = [for number in range(60) : format("%s%02d", join("", [for number in range(30) : "u"]), number)]
    }
    product_name                     = join("", [for number in range(240) : "\""])
    user_table_name                  = "${join("", [for number in range(26) : "a"])}-User"
    user_profile_table_name          = "${join("", [for number in range(26) : "a"])}-user-profile"
    profile_images_bucket_name       = join("", [for number in range(63) : "b"])
    state_machine_arn                = "arn:aws-us-gov:states:us-gov-east-1:123456789012:stateMachine:${join("", [for number in range(26) : "a"])}-SendUserActivationMail"
    upload_origin                    = "https://${join("", [for number in range(63) : "b"])}.s3.us-gov-east-1.amazonaws.com"
    unactivated_user_expiration_days = 3650
    sessions                         = { hours = 720, idle_hours = 720 }
  }

  override_resource {
    target = aws_apigatewayv2_api.this
    values = { api_endpoint = "https://abcdefghij.execute-api.us-gov-east-1.amazonaws.com", execution_arn = "arn:aws-us-gov:execute-api:us-gov-east-1:123456789012:abcdefghij" }
  }
}

run "users_expire_before_their_link" {
  command = plan
  module { source = "./modules/web_api" }

  variables {
    settings                         = { activation_link_hours = 48, max_upload_bytes = 1000 }
    unactivated_user_expiration_days = 3
  }

  expect_failures = [var.unactivated_user_expiration_days]
}

run "product_with_a_long_name" {
  command = plan
  module { source = "./modules/web_api" }
  variables { product_name = join("", [for number in range(61) : "🎂"]) } # 244 bytes
  expect_failures = [var.product_name]
}

run "what_is_null_has_the_default" {
  command = plan
  module { source = "./modules/web_api" }

  variables {
    max_image_bytes = 67108864
    product_name    = null
    settings        = { language = null, throttling = { default = null, sign_up = null, sign_in = null, resend = null }, max_upload_bytes = null, activation_link_hours = null }
    sessions        = { hours = null, idle_hours = null, key_version = null }
    uploads         = { per_day = null }
  }

  assert {
    condition = (
      var.product_name == "Digital Card Store" && var.settings.language == "en" && var.settings.max_upload_bytes == 10485760
      && var.settings.throttling.resend.rate == 5 && var.settings.activation_link_hours == 24 && var.sessions.hours == 12 && var.sessions.idle_hours == 1
      && var.uploads.per_day == 50
    )
    error_message = "For null, which the root passes for an unset variable, the module must use its default."
  }
}
