resource "aws_cloudfront_origin_access_control" "this" {
  name                              = local.name
  description                       = "Thumbnails of ${var.context.prefix}"
  origin_access_control_origin_type = "s3"
  signing_behavior                  = "always" # a viewer's own signature never reaches S3
  signing_protocol                  = "sigv4"
}

# No access logs: they would keep the address of everybody who looks at a picture (docs/privacy.md). CloudFront's
# metrics count requests and errors without them.
resource "aws_cloudfront_distribution" "this" {
  comment         = "Thumbnails of ${var.context.prefix}"
  enabled         = true
  is_ipv6_enabled = true
  http_version    = "http2and3"
  price_class     = var.settings.price_class
  aliases         = var.settings.domain[*].name

  origin {
    origin_id                = local.signed_origin
    domain_name              = var.bucket.regional_domain_name
    origin_access_control_id = aws_cloudfront_origin_access_control.this.id
  }

  origin {
    origin_id   = local.unsigned_origin
    domain_name = var.bucket.regional_domain_name
  }

  # A distribution must have a default. Whatever isn't a thumbnail gets S3's refusal of an unsigned request.
  default_cache_behavior {
    target_origin_id           = local.unsigned_origin
    allowed_methods            = ["GET", "HEAD"]
    cached_methods             = ["GET", "HEAD"]
    viewer_protocol_policy     = "https-only"
    compress                   = false
    cache_policy_id            = aws_cloudfront_cache_policy.this.id
    response_headers_policy_id = aws_cloudfront_response_headers_policy.this.id
  }

  dynamic "ordered_cache_behavior" {
    for_each = var.thumbnail_prefixes

    content {
      path_pattern               = "/${ordered_cache_behavior.value}*"
      target_origin_id           = local.signed_origin
      allowed_methods            = ["GET", "HEAD"]
      cached_methods             = ["GET", "HEAD"]
      viewer_protocol_policy     = "https-only"
      compress                   = false # pictures are compressed already
      cache_policy_id            = aws_cloudfront_cache_policy.this.id
      response_headers_policy_id = aws_cloudfront_response_headers_policy.this.id
    }
  }

  # S3 answers 403 for a missing picture too: to tell it from a forbidden one, the distribution would need the right to
  # list the bucket.
  custom_error_response {
    error_code            = 403
    error_caching_min_ttl = 10
  }

  viewer_certificate {
    cloudfront_default_certificate = var.settings.domain == null
    acm_certificate_arn            = one(var.settings.domain[*].certificate_arn)
    ssl_support_method             = var.settings.domain == null ? null : "sni-only"
    # For its own domain name, CloudFront sets TLSv1 whatever is asked for:
    # https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_ViewerCertificate.html
    minimum_protocol_version = var.settings.domain == null ? "TLSv1" : "TLSv1.2_2021"
  }

  restrictions {
    geo_restriction {
      restriction_type = "none"
    }
  }
}
