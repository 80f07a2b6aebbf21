locals {
  thumbnails = [for prefix in var.thumbnail_prefixes : "${var.bucket.arn}/${prefix}*"]
}

# A bucket has one policy, so that of the bucket's module takes this in.
# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html
data "aws_iam_policy_document" "bucket" {
  statement {
    sid       = "LetCloudFrontReadThumbnails"
    actions   = ["s3:GetObject"]
    resources = local.thumbnails

    principals {
      type        = "Service"
      identifiers = ["cloudfront.amazonaws.com"]
    }

    # No aws:SourceAccount, which AWS does not name for it; the ARN has the account.
    condition {
      test     = "StringEquals"
      variable = "AWS:SourceArn"
      values   = [aws_cloudfront_distribution.this.arn]
    }
  }
}
