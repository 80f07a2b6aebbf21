mock_provider "aws" {
  source = "./tests/mocks"
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
  bucket_name = "pictures-123456789012"
}

run "closed" {
  module { source = "./modules/private_bucket" }

  assert {
    condition = alltrue([
      aws_s3_bucket_public_access_block.this.block_public_acls,
      aws_s3_bucket_public_access_block.this.block_public_policy,
      aws_s3_bucket_public_access_block.this.ignore_public_acls,
      aws_s3_bucket_public_access_block.this.restrict_public_buckets,
    ])
    error_message = "The bucket must block all public access."
  }

  assert {
    condition     = aws_s3_bucket_ownership_controls.this.rule[0].object_ownership == "BucketOwnerEnforced"
    error_message = "ACLs must be off."
  }

  assert {
    condition     = one(one(aws_s3_bucket_server_side_encryption_configuration.this.rule).apply_server_side_encryption_by_default).sse_algorithm == "AES256"
    error_message = "Objects must be encrypted."
  }

  assert {
    condition     = aws_s3_bucket_versioning.this.versioning_configuration[0].status == "Enabled"
    error_message = "Versioning must be on."
  }

  assert {
    condition = (
      data.aws_iam_policy_document.this.statement[0].effect == "Deny"
      && one(data.aws_iam_policy_document.this.statement[0].condition).variable == "aws:SecureTransport"
      && one(data.aws_iam_policy_document.this.statement[0].condition).values == tolist(["false"])
      && toset(data.aws_iam_policy_document.this.statement[0].resources) == toset(["arn:aws:s3:::bucket", "arn:aws:s3:::bucket/*"])
    )
    error_message = "Requests without TLS must be refused for the bucket and its objects."
  }

  assert {
    condition     = aws_s3_bucket.this.force_destroy == false
    error_message = "By default, Terraform must not destroy a bucket with objects."
  }

  assert {
    condition = (
      aws_s3_bucket_lifecycle_configuration.this[0].rule[0].abort_incomplete_multipart_upload[0].days_after_initiation == 7
      && aws_s3_bucket_lifecycle_configuration.this[0].rule[1].noncurrent_version_expiration[0].noncurrent_days == 30
    )
    error_message = "By default, S3 must remove unfinished uploads and old versions."
  }
}

run "own_key" {
  module { source = "./modules/private_bucket" }
  variables { context = merge(var.context, { encryption = { kms_key_arn = "arn:aws:kms:eu-central-1:123456789012:key/one" } }) }

  assert {
    condition = (
      one(one(aws_s3_bucket_server_side_encryption_configuration.this.rule).apply_server_side_encryption_by_default).sse_algorithm == "aws:kms"
      && one(one(aws_s3_bucket_server_side_encryption_configuration.this.rule).apply_server_side_encryption_by_default).kms_master_key_id == var.context.encryption.kms_key_arn
      && one(aws_s3_bucket_server_side_encryption_configuration.this.rule).bucket_key_enabled
    )
    error_message = "Objects must be encrypted with the key, without a KMS call for each."
  }
}

run "one_policy" {
  module { source = "./modules/private_bucket" }
  variables { policy_documents = ["{\"Version\":\"2012-10-17\",\"Statement\":[]}"] }

  assert {
    condition = (
      data.aws_iam_policy_document.this.source_policy_documents == tolist(var.policy_documents)
      && aws_s3_bucket_policy.this.policy == data.aws_iam_policy_document.this.json
    )
    error_message = "The bucket's one policy must have the given statements too."
  }
}

run "lifecycle" {
  module { source = "./modules/private_bucket" }

  variables {
    abort_incomplete_multipart_upload_days = 1
    noncurrent_version_expiration_days     = 2
  }

  assert {
    condition = (
      aws_s3_bucket_lifecycle_configuration.this[0].rule[0].abort_incomplete_multipart_upload[0].days_after_initiation == 1
      && aws_s3_bucket_lifecycle_configuration.this[0].rule[1].noncurrent_version_expiration[0].noncurrent_days == 2
    )
    error_message = "S3 must remove unfinished uploads and old versions after the given days."
  }
}

run "no_lifecycle" {
  command = plan
  module { source = "./modules/private_bucket" }

  variables {
    abort_incomplete_multipart_upload_days = 0
    noncurrent_version_expiration_days     = 0
  }

  assert {
    condition     = length(aws_s3_bucket_lifecycle_configuration.this) == 0
    error_message = "0 days must mean never."
  }
}

run "days_that_are_none" {
  command = plan
  module { source = "./modules/private_bucket" }

  variables {
    abort_incomplete_multipart_upload_days = -1
    noncurrent_version_expiration_days     = 0.5
  }

  expect_failures = [var.abort_incomplete_multipart_upload_days, var.noncurrent_version_expiration_days]
}

run "one_rule" {
  module { source = "./modules/private_bucket" }

  variables { noncurrent_version_expiration_days = 0 }

  assert {
    condition     = aws_s3_bucket_lifecycle_configuration.this[0].rule[*].id == tolist(["abort-incomplete-multipart-uploads"])
    error_message = "With 0 days, old versions must stay."
  }
}

run "bad_name" {
  command = plan
  module { source = "./modules/private_bucket" }
  variables { bucket_name = "Pictures" }
  expect_failures = [var.bucket_name]
}

run "name_that_s3_reserves" {
  command = plan
  module { source = "./modules/private_bucket" }
  variables { bucket_name = "pictures--ol-s3" }
  expect_failures = [var.bucket_name]
}

run "no_pages" {
  command = plan
  module { source = "./modules/private_bucket" }

  assert {
    condition     = length(aws_s3_bucket_cors_configuration.this) == 0
    error_message = "By default, no origin's scripts may call the bucket."
  }
}

run "pages_that_upload" {
  module { source = "./modules/private_bucket" }

  variables {
    cors = { allowed_origins = ["https://accounts.example.com", "http://abc.localhost:4566"], allowed_methods = ["PUT"], allowed_headers = ["x-amz-meta-*"] }
  }

  assert {
    condition = (
      one(aws_s3_bucket_cors_configuration.this[0].cors_rule).allowed_origins == toset(["https://accounts.example.com", "http://abc.localhost:4566"])
      && one(aws_s3_bucket_cors_configuration.this[0].cors_rule).allowed_methods == toset(["PUT"])
      && one(aws_s3_bucket_cors_configuration.this[0].cors_rule).allowed_headers == toset(["x-amz-meta-*"])
      && one(aws_s3_bucket_cors_configuration.this[0].cors_rule).expose_headers == null
      && one(aws_s3_bucket_cors_configuration.this[0].cors_rule).max_age_seconds == 3600
    )
    error_message = "The given origins may use only the given methods and headers."
  }
}

run "any_page" {
  command = plan
  module { source = "./modules/private_bucket" }
  variables { cors = { allowed_origins = ["https://*.example.com"], allowed_methods = ["POST"] } }
  expect_failures = [var.cors]
}

run "unknown_method" {
  command = plan
  module { source = "./modules/private_bucket" }
  variables { cors = { allowed_origins = ["https://example.com"], allowed_methods = ["PATCH"] } }
  expect_failures = [var.cors]
}
