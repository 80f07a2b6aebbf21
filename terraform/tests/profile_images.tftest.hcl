# Plans with values of a mocked apply: `terraform test` can't apply, as it fails if an ephemeral variable
# (tinypng_api_key) has no value.
mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

# Different ARNs, so that a permission for one resource does not pass for another.
override_module {
  target = module.set_profile_image
  outputs = {
    arn           = "arn:aws:lambda:eu-central-1:123456789012:function:set-image"
    function_name = "set-image"
    role_name     = "set-image"
    timeout       = 30
  }
}

override_module {
  target = module.bucket
  outputs = {
    bucket_name = "test-profile-images-123456789012"
    bucket_arn  = "arn:aws:s3:::test-profile-images-123456789012"
  }
}

override_module {
  target = module.set_profile_image_failures
  outputs = {
    name = "set-profile-image-failures"
    arn  = "arn:aws:sqs:eu-central-1:123456789012:set-profile-image-failures"
    url  = "https://sqs.eu-central-1.amazonaws.com/123456789012/set-profile-image-failures"
  }
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
    layer_packages = {
      for name, package in jsondecode(file("tests/fixtures/packages/manifest.json")).layers : name => merge(package, {
        path = "tests/fixtures/packages/${package.file}", runtime = "python3.13", architecture = "arm64"
      })
    }
  }
  uploads = { max_image_bytes = 1000 }
}

run "defaults" {
  command = plan
  module { source = "./modules/profile_images" }

  assert {
    condition = (
      aws_dynamodb_table.this.name == "test-user-profile"
      && aws_dynamodb_table.this.hash_key == "id"
      && one(aws_dynamodb_table.this.attribute).type == "N"
      && aws_dynamodb_table.this.billing_mode == "PAY_PER_REQUEST"
      && aws_dynamodb_table.this.stream_view_type == "NEW_AND_OLD_IMAGES"
    )
    error_message = "The table must match the contract."
  }

  assert {
    condition = (
      aws_dynamodb_table.this.point_in_time_recovery[0].enabled
      && aws_dynamodb_table.this.server_side_encryption[0].enabled
      && aws_dynamodb_table.this.deletion_protection_enabled
    )
    error_message = "The table must be recoverable, encrypted and protected."
  }

  assert {
    condition = (
      length(aws_s3_bucket_notification.this.lambda_function) == 1
      && aws_s3_bucket_notification.this.lambda_function[0].filter_prefix == "original/"
      && aws_s3_bucket_notification.this.lambda_function[0].events == toset(["s3:ObjectCreated:*"])
      && aws_s3_bucket_notification.this.lambda_function[0].lambda_function_arn == module.set_profile_image.arn
    )
    error_message = "Only uploads below original/ may start the pipeline; a thumbnail must not."
  }

  assert {
    condition = (
      aws_lambda_permission.this.principal == "s3.amazonaws.com"
      && aws_lambda_permission.this.source_arn == module.bucket.bucket_arn
      && aws_lambda_permission.this.source_account == "123456789012"
    )
    error_message = "Only this bucket of this account may invoke the function."
  }

  assert {
    condition = (
      aws_lambda_function_event_invoke_config.this.maximum_retry_attempts == 2
      && aws_lambda_function_event_invoke_config.this.destination_config[0].on_failure[0].destination == module.set_profile_image_failures.arn
    )
    error_message = "A discarded event must go to the queue."
  }

  assert {
    condition = { for statement in data.aws_iam_policy_document.set_profile_image.statement : statement.sid => [sort(statement.actions), sort(statement.resources)] } == {
      ReadMetadataOfOriginals  = [tolist(["s3:GetObjectVersion"]), tolist(["${module.bucket.bucket_arn}/original/*"])]
      TellMissingFromForbidden = [tolist(["s3:ListBucket"]), tolist([module.bucket.bucket_arn])]
      HideSupersededOriginals  = [tolist(["s3:DeleteObject", "s3:GetObject"]), tolist(["${module.bucket.bucket_arn}/original/*"])]
      DeleteRefusedOriginals   = [tolist(["s3:DeleteObjectVersion"]), tolist(["${module.bucket.bucket_arn}/original/*"])]
      SetImage                 = [tolist(["dynamodb:UpdateItem"]), tolist([aws_dynamodb_table.this.arn])]
      SendFailures             = [tolist(["sqs:SendMessage"]), tolist([module.set_profile_image_failures.arn])]
    }
    error_message = "set_profile_image may only read uploads, set a profile's image, hide superseded originals and delete refused ones."
  }

  assert {
    condition = { for statement in data.aws_iam_policy_document.create_thumbnail.statement : statement.sid => [sort(statement.actions), sort(statement.resources)] } == {
      ReadOriginals              = [tolist(["s3:GetObject"]), tolist(["${module.bucket.bucket_arn}/original/*"])]
      TellMissingFromForbidden   = [tolist(["s3:ListBucket"]), tolist([module.bucket.bucket_arn])]
      WriteThumbnails            = [tolist(["s3:PutObject", "s3:PutObjectTagging"]), tolist(["${module.bucket.bucket_arn}/thumbnails-300/*", "${module.bucket.bucket_arn}/thumbnails/*"])]
      DeleteSupersededThumbnails = [tolist(["s3:DeleteObjectVersion", "s3:GetObject"]), tolist(["${module.bucket.bucket_arn}/thumbnails-300/*", "${module.bucket.bucket_arn}/thumbnails/*"])]
      RecordOutcome              = [tolist(["dynamodb:GetItem", "dynamodb:UpdateItem"]), tolist([aws_dynamodb_table.this.arn])]
    }
    error_message = "create_thumbnail may only read uploads, write and delete thumbnails and record the outcome."
  }

  assert {
    condition = { for statement in data.aws_iam_policy_document.remove_profile_images.statement : statement.sid => [sort(statement.actions), sort(statement.resources)] } == {
      ReadMetadata             = [tolist(["s3:GetObject"]), tolist(["${module.bucket.bucket_arn}/original/*", "${module.bucket.bucket_arn}/thumbnails-300/*", "${module.bucket.bucket_arn}/thumbnails/*"])]
      TellMissingFromForbidden = [tolist(["s3:ListBucket"]), tolist([module.bucket.bucket_arn])]
      HideOriginals            = [tolist(["s3:DeleteObject"]), tolist(["${module.bucket.bucket_arn}/original/*"])]
      DeleteThumbnails         = [tolist(["s3:DeleteObjectVersion"]), tolist(["${module.bucket.bucket_arn}/thumbnails-300/*", "${module.bucket.bucket_arn}/thumbnails/*"])]
      ReadProfile              = [tolist(["dynamodb:GetItem"]), tolist([aws_dynamodb_table.this.arn])]
    }
    error_message = "remove_profile_images may only hide originals, delete thumbnails and read profiles."
  }

  assert {
    condition = module.remove_profile_images.environment == tomap({
      POWERTOOLS_SERVICE_NAME    = "remove_profile_images"
      POWERTOOLS_LOG_LEVEL       = "INFO"
      USER_PROFILE_TABLE_NAME    = "test-user-profile"
      PROFILE_IMAGES_BUCKET_NAME = "test-profile-images-123456789012"
      THUMBNAIL_SIZES            = "150,300"
    })
    error_message = "remove_profile_images must get its table, bucket and sizes."
  }

  assert {
    condition = module.create_thumbnail.environment == tomap({
      POWERTOOLS_SERVICE_NAME    = "create_thumbnail"
      POWERTOOLS_LOG_LEVEL       = "INFO"
      USER_PROFILE_TABLE_NAME    = "test-user-profile"
      PROFILE_IMAGES_BUCKET_NAME = "test-profile-images-123456789012"
      THUMBNAIL_ENGINE           = "pillow"
      THUMBNAIL_FIT              = "fit"
      MAX_IMAGE_BYTES            = "1000"
      MAX_DECODE_BYTES           = "536870912"
      THUMBNAIL_SIZES            = "150,300"
    })
    error_message = "create_thumbnail must get its table, bucket, sizes and limits, with half of its memory for decoding."
  }

  assert {
    condition     = module.create_thumbnail.timeout == 60
    error_message = "A picture of 3 seconds of a processor, 21 at 256 MiB, must fit into the timeout twice."
  }

  assert {
    condition     = length(aws_ssm_parameter.tinypng_api_key) == 0
    error_message = "Without TinyPNG there must be no API key."
  }

  assert {
    condition     = length(module.heic) == 0 && !output.takes_heic
    error_message = "Without thumbnails.heic there must be no layer heic."
  }
}

run "heic" {
  command = plan
  module { source = "./modules/profile_images" }

  variables {
    thumbnails = { heic = true }
  }

  assert {
    condition     = module.create_thumbnail.environment["THUMBNAIL_HEIC"] == "true" && length(module.heic) == 1 && output.takes_heic
    error_message = "With thumbnails.heic create_thumbnail must have the layer heic and know it."
  }
}

run "heic_needs_the_pillow_engine" {
  command = plan
  module { source = "./modules/profile_images" }

  variables {
    thumbnails      = { heic = true, engine = "tinypng" }
    tinypng_api_key = "key"
  }

  expect_failures = [var.thumbnails]
}

run "sizes" {
  command = plan
  module { source = "./modules/profile_images" }

  variables {
    thumbnails = { sizes = [300, 150, 64], former_sizes = [450] }
  }

  assert {
    condition = { for statement in data.aws_iam_policy_document.create_thumbnail.statement : statement.sid => [for arn in sort(statement.resources) : trimprefix(arn, module.bucket.bucket_arn)] if strcontains(statement.sid, "Thumbnails") } == {
      WriteThumbnails            = ["/thumbnails-300/*", "/thumbnails-64/*", "/thumbnails/*"]
      DeleteSupersededThumbnails = ["/thumbnails-300/*", "/thumbnails-450/*", "/thumbnails-64/*", "/thumbnails/*"]
    }
    error_message = "create_thumbnail may write the sizes that are made, and delete the former ones, too."
  }

  assert {
    condition = { for statement in data.aws_iam_policy_document.remove_profile_images.statement : statement.sid => [for arn in sort(statement.resources) : trimprefix(arn, module.bucket.bucket_arn)] if strcontains(statement.sid, "Thumbnails") } == {
      DeleteThumbnails = ["/thumbnails-300/*", "/thumbnails-450/*", "/thumbnails-64/*", "/thumbnails/*"]
    }
    error_message = "remove_profile_images must delete thumbnails of every size there has been."
  }

  assert {
    condition = alltrue([
      for environment in [module.create_thumbnail.environment, module.remove_profile_images.environment] :
      environment["THUMBNAIL_SIZES"] == "300,150,64" && environment["FORMER_THUMBNAIL_SIZES"] == "450"
    ])
    error_message = "Both functions must get the sizes that are made, and the former ones."
  }
}

run "sizes_without_the_contracts" {
  command = plan
  module { source = "./modules/profile_images" }
  variables { thumbnails = { sizes = [300] } }
  expect_failures = [var.thumbnails]
}

run "too_many_sizes" {
  command = plan
  module { source = "./modules/profile_images" }
  variables { thumbnails = { sizes = [150, 200, 300, 400, 600] } }
  expect_failures = [var.thumbnails]
}

run "size_of_no_whole_pixels" {
  command = plan
  module { source = "./modules/profile_images" }
  variables { thumbnails = { sizes = [150, 300.5] } }
  expect_failures = [var.thumbnails]
}

run "size_that_is_too_large" {
  command = plan
  module { source = "./modules/profile_images" }
  variables { thumbnails = { sizes = [150, 1025] } }
  expect_failures = [var.thumbnails]
}

run "former_size_that_is_too_small" {
  command = plan
  module { source = "./modules/profile_images" }
  variables { thumbnails = { former_sizes = [15] } }
  expect_failures = [var.thumbnails]
}

run "size_twice" {
  command = plan
  module { source = "./modules/profile_images" }
  variables { thumbnails = { sizes = [150, 150] } }
  expect_failures = [var.thumbnails]
}

run "former_size_that_is_made" {
  command = plan
  module { source = "./modules/profile_images" }
  variables { thumbnails = { former_sizes = [300] } }
  expect_failures = [var.thumbnails]
}

run "what_is_watched" {
  command = plan
  module { source = "./modules/profile_images" }

  assert {
    condition = { for name, function in output.functions : name => [function.name, function.timeout_seconds, function.invoked_by] } == {
      set_profile_image     = ["set-image", 30, "event"]
      create_thumbnail      = ["test-CreateThumbnail", 60, "stream"]
      remove_profile_images = ["test-RemoveProfileImages", 60, "stream"]
    }
    error_message = "The output must list each function with its timeout and invoker."
  }

  assert {
    condition = { for source, queue in output.failure_queues : source => queue.name } == {
      set_profile_image     = "set-profile-image-failures"
      create_thumbnail      = "test-create-thumbnail-failures"
      remove_profile_images = "test-remove-profile-images-failures"
    }
    error_message = "The output must list each failure queue by name."
  }
}

run "own_key" {
  command = plan
  module { source = "./modules/profile_images" }

  variables {
    context         = merge(var.context, { encryption = { kms_key_arn = "arn:aws:kms:eu-central-1:123456789012:key/one" } })
    thumbnails      = { engine = "tinypng" }
    tinypng_api_key = "a-key"
  }

  assert {
    condition = (
      aws_dynamodb_table.this.server_side_encryption[0].kms_key_arn == var.context.encryption.kms_key_arn
      && aws_ssm_parameter.tinypng_api_key[0].key_id == var.context.encryption.kms_key_arn
      && aws_ssm_parameter.tinypng_api_key[0].value_wo_version > 1000
    )
    error_message = "The key must encrypt the table and TinyPNG's API key, which is stored again for it."
  }
}

run "tinypng" {
  command = plan
  module { source = "./modules/profile_images" }

  variables {
    thumbnails      = { engine = "tinypng", tinypng_api_key_version = 3 }
    tinypng_api_key = "a-key"
  }

  assert {
    condition = (
      aws_ssm_parameter.tinypng_api_key[0].name == "/test/tinypng-api-key"
      && aws_ssm_parameter.tinypng_api_key[0].type == "SecureString"
      && aws_ssm_parameter.tinypng_api_key[0].value_wo_version == 3
    )
    error_message = "The API key must be stored encrypted, and again when its version is incremented."
  }

  assert {
    condition     = module.create_thumbnail.timeout == 120
    error_message = "The timeout must be longer with TinyPNG, which takes two requests with retries for a picture."
  }

  assert {
    condition = (
      module.create_thumbnail.environment["TINYPNG_API_KEY_PARAMETER"] == "/test/tinypng-api-key"
      && module.create_thumbnail.environment["TINYPNG_BASE_URL"] == "https://api.tinify.com"
      && !contains(values(module.create_thumbnail.environment), "a-key")
    )
    error_message = "The function must get the name of the API key's parameter, and not the key."
  }

  assert {
    condition = [for statement in data.aws_iam_policy_document.create_thumbnail.statement : sort(statement.resources) if statement.sid == "ReadTinyPngKey"] == [
      tolist([aws_ssm_parameter.tinypng_api_key[0].arn]),
    ]
    error_message = "The function may read only this parameter."
  }
}

run "nothing_to_protect" {
  command = plan
  module { source = "./modules/profile_images" }
  variables { force_destroy = true }

  assert {
    condition     = aws_dynamodb_table.this.deletion_protection_enabled == false
    error_message = "force_destroy must turn off the table's deletion protection."
  }
}

run "function_and_layer_are_not_built" {
  command = plan
  module { source = "./modules/profile_images" }

  variables {
    packages = { bucket = "artifacts", function_packages = {}, layer_packages = {} }
  }

  expect_failures = [var.packages]
}

run "unknown_engine" {
  command = plan
  module { source = "./modules/profile_images" }
  variables { thumbnails = { engine = "imagemagick" } }
  expect_failures = [var.thumbnails]
}

run "unknown_fit" {
  command = plan
  module { source = "./modules/profile_images" }
  variables { thumbnails = { fit = "stretch" } }
  expect_failures = [var.thumbnails]
}

run "too_little_memory" {
  command = plan
  module { source = "./modules/profile_images" }
  variables { thumbnails = { memory_size = 128 } }
  expect_failures = [var.thumbnails]
}

run "version_before_the_first" {
  command = plan
  module { source = "./modules/profile_images" }
  variables { thumbnails = { tinypng_api_key_version = 0 } }
  expect_failures = [var.thumbnails]
}

run "address_of_somebody_else" {
  command = plan
  module { source = "./modules/profile_images" }
  variables { thumbnails = { tinypng_base_url = "http://evil.example/x" } }
  expect_failures = [var.thumbnails]
}

run "tinypng_without_a_key" {
  command = plan
  module { source = "./modules/profile_images" }
  variables { thumbnails = { engine = "tinypng" } }
  expect_failures = [var.tinypng_api_key]
}

run "tinypng_with_an_empty_key" {
  command = plan
  module { source = "./modules/profile_images" }

  variables {
    thumbnails      = { engine = "tinypng" }
    tinypng_api_key = " "
  }

  expect_failures = [var.tinypng_api_key]
}

run "half_a_byte" {
  command = plan
  module { source = "./modules/profile_images" }
  variables { uploads = { max_image_bytes = 1.5 } }
  expect_failures = [var.uploads]
}

run "upload_of_nothing" {
  command = plan
  module { source = "./modules/profile_images" }
  variables { uploads = { max_image_bytes = 0 } }
  expect_failures = [var.uploads]
}

run "upload_that_does_not_fit" {
  command = plan
  module { source = "./modules/profile_images" }

  variables {
    thumbnails = { memory_size = 256 }
    uploads    = { max_image_bytes = 29360129 } # 28 MiB and one byte
  }

  expect_failures = [var.uploads]
}

run "upload_that_just_fits" {
  command = plan
  module { source = "./modules/profile_images" }

  variables {
    thumbnails = { memory_size = 256 }
    uploads    = { max_image_bytes = 29360128 }
  }

  assert {
    condition     = output.max_image_bytes == 29360128
    error_message = "The output must name the maximum size of an upload."
  }
}

run "what_is_null_has_the_default" {
  command = plan
  module { source = "./modules/profile_images" }

  variables {
    thumbnails = { sizes = null, former_sizes = null, engine = null, fit = null, memory_size = null, tinypng_api_key_version = null, tinypng_base_url = null }
    uploads    = { max_image_bytes = null }
    stream     = null
  }

  assert {
    condition     = var.thumbnails.engine == "pillow" && join(",", var.thumbnails.sizes) == "150,300" && length(var.thumbnails.former_sizes) == 0 && var.thumbnails.memory_size == 1024 && var.uploads.max_image_bytes == 67108864 && var.stream.parallelization_factor == 1 && var.stream.batch_size == 1
    error_message = "For null, which the root passes for an unset variable, the module must use its default."
  }
}

run "as_many_pictures_as_fit_into_the_time_out_are_one_batch" {
  command = plan
  module { source = "./modules/profile_images" }

  variables { stream = { batch_size = 5 } }

  assert {
    condition     = module.user_profile_stream.maximum_concurrency == 4
    error_message = "Five pictures must fit at 1024 MiB."
  }
}

run "more_pictures_than_fit_into_the_time_out_are_refused" {
  command = plan
  module { source = "./modules/profile_images" }

  variables { stream = { batch_size = 6 } }

  expect_failures = [var.stream]
}

run "a_small_function_takes_one_picture_at_a_time" {
  command = plan
  module { source = "./modules/profile_images" }

  variables {
    thumbnails = { memory_size = 256 }
    uploads    = { max_image_bytes = 1000 }
    stream     = { batch_size = 2 }
  }

  expect_failures = [var.stream]
}

run "tinypng_takes_one_picture_at_a_time" {
  command = plan
  module { source = "./modules/profile_images" }

  variables {
    thumbnails      = { engine = "tinypng" }
    tinypng_api_key = "key"
    stream          = { batch_size = 2 }
  }

  expect_failures = [var.stream]
}

run "public_addresses" {
  command = plan
  module { source = "./modules/profile_images" }

  variables {
    delivery = {
      bucket_policy_json = "{}"
      invalidation       = { distribution_id = "E2EXAMPLE", distribution_arn = "arn:aws:cloudfront::123456789012:distribution/E2EXAMPLE" }
    }
  }

  assert {
    condition = alltrue([
      for document in [data.aws_iam_policy_document.create_thumbnail, data.aws_iam_policy_document.remove_profile_images] :
      [for statement in document.statement : [statement.actions, statement.resources] if statement.sid == "InvalidateThumbnails"]
      == [[toset(["cloudfront:CreateInvalidation"]), toset(["arn:aws:cloudfront::123456789012:distribution/E2EXAMPLE"])]]
    ])
    error_message = "Functions that delete thumbnails may invalidate them in this distribution alone."
  }

  assert {
    condition = alltrue([
      for function in [module.create_thumbnail, module.remove_profile_images] : function.environment["DELIVERY_DISTRIBUTION_ID"] == "E2EXAMPLE"
    ])
    error_message = "Functions that delete thumbnails must know the distribution."
  }
}

run "public_addresses_without_invalidation" {
  command = plan
  module { source = "./modules/profile_images" }
  variables { delivery = { bucket_policy_json = "{}" } }

  assert {
    condition = (
      !contains(data.aws_iam_policy_document.remove_profile_images.statement[*].sid, "InvalidateThumbnails")
      && !contains(keys(module.remove_profile_images.environment), "DELIVERY_DISTRIBUTION_ID")
    )
    error_message = "Without invalidation, functions must have no right on a distribution."
  }
}
