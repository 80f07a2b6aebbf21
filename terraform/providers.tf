# The only place that knows of a local cloud. With aws_endpoint_url = null (the default) all of this
# comes to the provider's defaults: AWS itself, with every check on.
locals {
  endpoint_urls   = var.aws_endpoint_url == null ? [] : [var.aws_endpoint_url]
  uses_one_server = length(local.endpoint_urls) > 0

  # Where browsers find the bucket: below the address of a server for all services, or below a host of
  # its own at AWS. The modules take either without knowing which.
  upload_origin = local.uses_one_server ? var.aws_endpoint_url : one([
    for images in module.profile_images : "https://${images.bucket_regional_domain_name}"
  ])
}

provider "aws" {
  region = var.region

  # One server for all services has no host name per bucket, and knows nothing of real accounts.
  s3_use_path_style           = local.uses_one_server
  skip_credentials_validation = local.uses_one_server
  skip_metadata_api_check     = local.uses_one_server ? "true" : null
  skip_region_validation      = local.uses_one_server

  dynamic "endpoints" {
    for_each = local.endpoint_urls

    content {
      apigatewayv2 = endpoints.value
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
