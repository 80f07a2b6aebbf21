# Read in this order: distribution.tf, policies.tf, bucket_policy.tf, domain.tf.
locals {
  # Unique in the account, across regions.
  name = "${var.context.prefix}-thumbnails-${var.context.region}"

  # Signed requests, for thumbnails; and unsigned ones, which S3 refuses whatever the bucket's policy says.
  signed_origin   = "thumbnails"
  unsigned_origin = "nothing"

  host = var.settings.domain == null ? aws_cloudfront_distribution.this.domain_name : var.settings.domain.name
}
