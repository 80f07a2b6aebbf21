resource "aws_cloudfront_cache_policy" "this" {
  name    = local.name
  comment = "By path and ?v= alone"

  min_ttl     = 0
  default_ttl = var.settings.edge_seconds
  max_ttl     = var.settings.edge_seconds

  # What isn't part of the key isn't forwarded to S3 either, such as the signature of a link.
  parameters_in_cache_key_and_forwarded_to_origin {
    enable_accept_encoding_brotli = false
    enable_accept_encoding_gzip   = false

    cookies_config {
      cookie_behavior = "none"
    }

    headers_config {
      header_behavior = "none"
    }

    query_strings_config {
      query_string_behavior = "whitelist"

      query_strings {
        items = ["v"]
      }
    }
  }
}

resource "aws_cloudfront_response_headers_policy" "this" {
  name    = local.name
  comment = "Pictures, and nothing that a browser could run"

  custom_headers_config {
    # For browsers alone; how long the edge keeps a picture is the cache policy's:
    # https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/modifying-response-headers.html
    items {
      header   = "Cache-Control"
      value    = "public, max-age=${var.settings.browser_seconds}"
      override = true
    }

    items {
      header   = "Content-Disposition"
      value    = "inline"
      override = true
    }

    # Any page may show the picture.
    items {
      header   = "Cross-Origin-Resource-Policy"
      value    = "cross-origin"
      override = true
    }
  }

  security_headers_config {
    content_security_policy {
      content_security_policy = "default-src 'none'; sandbox"
      override                = true
    }

    content_type_options {
      override = true
    }

    strict_transport_security {
      access_control_max_age_sec = 31536000
      override                   = true
    }
  }

  # S3 would tell everybody whose picture it is, and the ARN of the key.
  remove_headers_config {
    dynamic "items" {
      for_each = [
        "server",
        "x-amz-meta-upload-permitted-at",
        "x-amz-meta-user-profile-id",
        "x-amz-server-side-encryption",
        "x-amz-server-side-encryption-aws-kms-key-id",
        "x-amz-server-side-encryption-bucket-key-enabled",
        "x-amz-tagging-count",
        "x-amz-version-id",
      ]

      content {
        header = items.value
      }
    }
  }
}
