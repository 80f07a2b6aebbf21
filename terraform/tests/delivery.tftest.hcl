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
  bucket = {
    arn                  = "arn:aws:s3:::test-pictures"
    regional_domain_name = "test-pictures.s3.eu-central-1.amazonaws.com"
  }
  thumbnail_prefixes = ["thumbnails/", "thumbnails-300/"]
}

run "thumbnails_alone" {
  module { source = "./modules/delivery" }

  assert {
    condition = (
      aws_cloudfront_origin_access_control.this.origin_access_control_origin_type == "s3"
      && aws_cloudfront_origin_access_control.this.signing_behavior == "always"
      && aws_cloudfront_origin_access_control.this.signing_protocol == "sigv4"
    )
    error_message = "CloudFront must sign each request to S3 itself."
  }

  assert {
    condition = {
      for origin in aws_cloudfront_distribution.this.origin : origin.origin_id => origin.origin_access_control_id == aws_cloudfront_origin_access_control.this.id
      if origin.domain_name == var.bucket.regional_domain_name
    } == { thumbnails = true, nothing = false }
    error_message = "Requests for thumbnails must be signed, and others must not."
  }

  assert {
    condition = (
      { for behavior in aws_cloudfront_distribution.this.ordered_cache_behavior : behavior.path_pattern => behavior.target_origin_id }
      == { "/thumbnails/*" = "thumbnails", "/thumbnails-300/*" = "thumbnails" }
      && aws_cloudfront_distribution.this.default_cache_behavior[0].target_origin_id == "nothing"
    )
    error_message = "Only thumbnails may be served: a default to the signed origin would try originals too."
  }

  assert {
    condition = alltrue([
      for behavior in concat(aws_cloudfront_distribution.this.default_cache_behavior, aws_cloudfront_distribution.this.ordered_cache_behavior) :
      behavior.allowed_methods == toset(["GET", "HEAD"]) && behavior.viewer_protocol_policy == "https-only" && !behavior.compress
      && behavior.cache_policy_id == aws_cloudfront_cache_policy.this.id
      && behavior.response_headers_policy_id == aws_cloudfront_response_headers_policy.this.id
    ])
    error_message = "Pictures must be read only, by https only, with the policies for caches and headers."
  }

  assert {
    condition = (
      aws_cloudfront_distribution.this.enabled && aws_cloudfront_distribution.this.is_ipv6_enabled
      && aws_cloudfront_distribution.this.http_version == "http2and3" && aws_cloudfront_distribution.this.price_class == "PriceClass_100"
      && length(aws_cloudfront_distribution.this.logging_config) == 0
      && [for error in aws_cloudfront_distribution.this.custom_error_response : [error.error_code, error.error_caching_min_ttl]] == [[403, 10]]
    )
    error_message = "It must serve IPv6, HTTP/2 and HTTP/3, log nobody, and forget errors soon."
  }
}

run "bucket_policy" {
  module { source = "./modules/delivery" }

  assert {
    condition = (
      length(data.aws_iam_policy_document.bucket.statement) == 1
      && data.aws_iam_policy_document.bucket.statement[0].actions == toset(["s3:GetObject"])
      && data.aws_iam_policy_document.bucket.statement[0].resources == toset([
        "arn:aws:s3:::test-pictures/thumbnails/*", "arn:aws:s3:::test-pictures/thumbnails-300/*",
      ])
      && one(data.aws_iam_policy_document.bucket.statement[0].principals).identifiers == toset(["cloudfront.amazonaws.com"])
      && one(data.aws_iam_policy_document.bucket.statement[0].condition).variable == "AWS:SourceArn"
      && one(data.aws_iam_policy_document.bucket.statement[0].condition).test == "StringEquals"
      && one(data.aws_iam_policy_document.bucket.statement[0].condition).values == tolist([aws_cloudfront_distribution.this.arn])
    )
    error_message = "The bucket may let this distribution alone read thumbnails, and nothing else."
  }

  assert {
    condition = output.for_pictures == {
      bucket_policy_json = data.aws_iam_policy_document.bucket.json
      invalidation       = { distribution_id = "E2EXAMPLE", distribution_arn = "arn:aws:cloudfront::123456789012:distribution/E2EXAMPLE" }
    }
    error_message = "The pictures' functions must get the distribution, and the bucket its statement."
  }
}

run "caches" {
  module { source = "./modules/delivery" }
  variables { settings = { browser_seconds = 60, edge_seconds = 120 } }

  assert {
    condition = (
      one(aws_cloudfront_cache_policy.this.parameters_in_cache_key_and_forwarded_to_origin[0].query_strings_config).query_string_behavior == "whitelist"
      && one(aws_cloudfront_cache_policy.this.parameters_in_cache_key_and_forwarded_to_origin[0].query_strings_config[0].query_strings).items == toset(["v"])
      && one(aws_cloudfront_cache_policy.this.parameters_in_cache_key_and_forwarded_to_origin[0].cookies_config).cookie_behavior == "none"
      && one(aws_cloudfront_cache_policy.this.parameters_in_cache_key_and_forwarded_to_origin[0].headers_config).header_behavior == "none"
      && !aws_cloudfront_cache_policy.this.parameters_in_cache_key_and_forwarded_to_origin[0].enable_accept_encoding_gzip
    )
    error_message = "Only ?v= may be part of the key, and nothing else may reach S3."
  }

  assert {
    condition     = aws_cloudfront_cache_policy.this.default_ttl == 120 && aws_cloudfront_cache_policy.this.max_ttl == 120
    error_message = "CloudFront must keep a picture for edge_seconds, whatever its metadata says."
  }

  assert {
    condition = {
      for item in aws_cloudfront_response_headers_policy.this.custom_headers_config[0].items : item.header => item.value if item.override
      } == {
      "Cache-Control"                = "public, max-age=60"
      "Content-Disposition"          = "inline"
      "Cross-Origin-Resource-Policy" = "cross-origin"
    }
    error_message = "Browsers must keep a picture for browser_seconds, and show it anywhere."
  }

  assert {
    condition = (
      one(aws_cloudfront_response_headers_policy.this.security_headers_config[0].content_security_policy).content_security_policy == "default-src 'none'; sandbox"
      && one(aws_cloudfront_response_headers_policy.this.security_headers_config[0].content_type_options).override
      && one(aws_cloudfront_response_headers_policy.this.security_headers_config[0].strict_transport_security).access_control_max_age_sec == 31536000
    )
    error_message = "Nothing in a picture may run as something else."
  }

  assert {
    condition = length(setsubtract(
      ["x-amz-meta-user-profile-id", "x-amz-meta-upload-permitted-at", "x-amz-server-side-encryption-aws-kms-key-id"],
      [for item in aws_cloudfront_response_headers_policy.this.remove_headers_config[0].items : item.header],
      )) == 0 && (
      # https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html
      length(aws_cloudfront_response_headers_policy.this.remove_headers_config[0].items) <= 10
    )
    error_message = "Nobody may read from the headers whose picture it is, or which key encrypts it."
  }
}

run "without_a_domain" {
  module { source = "./modules/delivery" }

  assert {
    condition = (
      output.origin == "https://d111111abcdef8.cloudfront.net" && output.domain_target == null
      && aws_cloudfront_distribution.this.aliases == null || length(aws_cloudfront_distribution.this.aliases) == 0
    )
    error_message = "Without a domain, addresses must have CloudFront's name."
  }

  assert {
    condition     = aws_cloudfront_distribution.this.viewer_certificate[0].cloudfront_default_certificate && length(aws_route53_record.this) == 0
    error_message = "Without a domain, there must be no certificate and no record."
  }
}

run "domain_with_its_zone" {
  module { source = "./modules/delivery" }

  variables {
    settings = {
      price_class = "PriceClass_All"
      domain = {
        name            = "pictures.example.com"
        certificate_arn = "arn:aws:acm:us-east-1:123456789012:certificate/c"
        hosted_zone_id  = "Z123"
      }
    }
  }

  assert {
    condition = (
      aws_cloudfront_distribution.this.aliases == toset(["pictures.example.com"])
      && aws_cloudfront_distribution.this.viewer_certificate[0].acm_certificate_arn == var.settings.domain.certificate_arn
      && aws_cloudfront_distribution.this.viewer_certificate[0].minimum_protocol_version == "TLSv1.2_2021"
      && aws_cloudfront_distribution.this.viewer_certificate[0].ssl_support_method == "sni-only"
      && aws_cloudfront_distribution.this.price_class == "PriceClass_All"
    )
    error_message = "The domain must use its certificate, with TLS 1.2 or newer."
  }

  assert {
    condition = (
      toset([for record in aws_route53_record.this : record.type]) == toset(["A", "AAAA"])
      && alltrue([for record in aws_route53_record.this : record.name == "pictures.example.com" && record.zone_id == "Z123"])
      && alltrue([for record in aws_route53_record.this : record.alias[0].name == aws_cloudfront_distribution.this.domain_name])
    )
    error_message = "The records for IPv4 and IPv6 must be created in the zone."
  }

  assert {
    condition     = output.origin == "https://pictures.example.com" && output.domain_target == null
    error_message = "Addresses must have the domain."
  }
}

run "domain_without_its_zone" {
  module { source = "./modules/delivery" }

  variables {
    settings = { domain = { name = "pictures.example.com", certificate_arn = "arn:aws:acm:us-east-1:123456789012:certificate/c" } }
  }

  assert {
    condition     = length(aws_route53_record.this) == 0 && output.domain_target == aws_cloudfront_distribution.this.domain_name
    error_message = "Without a zone, the output must name the target for a CNAME."
  }
}

run "no_invalidation" {
  module { source = "./modules/delivery" }
  variables { settings = { invalidate_removed = false } }

  assert {
    condition     = output.for_pictures.invalidation == null && output.distribution_id == "E2EXAMPLE"
    error_message = "The functions must not invalidate; make forget still does."
  }
}

run "certificate_of_another_region" {
  command = plan
  module { source = "./modules/delivery" }

  variables {
    settings = { domain = { name = "pictures.example.com", certificate_arn = "arn:aws:acm:eu-central-1:123456789012:certificate/c" } }
  }

  expect_failures = [var.settings]
}

run "domain_with_a_scheme" {
  command = plan
  module { source = "./modules/delivery" }

  variables {
    settings = { domain = { name = "https://pictures.example.com", certificate_arn = "arn:aws:acm:us-east-1:123456789012:certificate/c" } }
  }

  expect_failures = [var.settings]
}

run "unknown_price_class" {
  command = plan
  module { source = "./modules/delivery" }
  variables { settings = { price_class = "PriceClass_300" } }
  expect_failures = [var.settings]
}

run "times_that_are_none" {
  command = plan
  module { source = "./modules/delivery" }
  variables { settings = { browser_seconds = -1, edge_seconds = 0.5 } }
  expect_failures = [var.settings]
}

run "originals" {
  command = plan
  module { source = "./modules/delivery" }
  variables { thumbnail_prefixes = ["thumbnails/", "original/"] }
  expect_failures = [var.thumbnail_prefixes]
}

run "prefix_twice" {
  command = plan
  module { source = "./modules/delivery" }
  variables { thumbnail_prefixes = ["thumbnails/", "thumbnails/"] }
  expect_failures = [var.thumbnail_prefixes]
}

run "other_partition" {
  command = plan
  module { source = "./modules/delivery" }
  variables { bucket = merge(var.bucket, { arn = "arn:aws-cn:s3:::test-pictures" }) }
  expect_failures = [var.bucket]
}
