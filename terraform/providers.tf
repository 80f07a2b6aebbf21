# Only this file knows the local cloud. With aws_endpoint_url = null (the default) all settings are the
# provider's defaults: AWS, with every check on.
locals {
  endpoint_urls   = var.aws_endpoint_url == null ? [] : [var.aws_endpoint_url]
  uses_one_server = length(local.endpoint_urls) > 0

  # Origin of the bucket for browsers: the one server of the local cloud, or the bucket's own host in AWS.
  upload_origin = local.uses_one_server ? var.aws_endpoint_url : one([
    for images in module.profile_images : "https://${images.bucket_regional_domain_name}"
  ])

  # Origin of the thumbnails' public addresses. The local cloud serves a distribution at its own port.
  delivery_origin = one([
    for delivery in module.delivery : !local.uses_one_server ? delivery.origin : join("", [
      "http://", split(".", delivery.distribution_domain_name)[0], ".cloudfront.localhost:", split(":", var.aws_endpoint_url)[2],
    ])
  ])
}

provider "aws" {
  region = var.region

  # The local cloud has no host name for each bucket and no real accounts.
  s3_use_path_style           = local.uses_one_server
  skip_credentials_validation = local.uses_one_server
  skip_metadata_api_check     = local.uses_one_server ? "true" : null
  skip_region_validation      = local.uses_one_server

  dynamic "endpoints" {
    for_each = local.endpoint_urls

    content {
      apigatewayv2 = endpoints.value
      cloudfront   = endpoints.value
      cloudwatch   = endpoints.value
      dynamodb     = endpoints.value
      iam          = endpoints.value
      kms          = endpoints.value
      lambda       = endpoints.value
      logs         = endpoints.value
      route53      = endpoints.value
      s3           = endpoints.value
      sesv2        = endpoints.value
      sfn          = endpoints.value
      sns          = endpoints.value
      sqs          = endpoints.value
      ssm          = endpoints.value
      sts          = endpoints.value
    }
  }

  default_tags {
    tags = var.tags
  }
}
