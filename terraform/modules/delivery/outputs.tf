output "origin" {
  description = "Origin of public addresses: https:// and the domain's name."
  value       = "https://${local.host}"
}

output "distribution_domain_name" {
  description = "CloudFront's own domain name of the distribution."
  value       = aws_cloudfront_distribution.this.domain_name
}

output "domain_target" {
  description = "Target for a CNAME of settings.domain. null without a domain, or with hosted_zone_id."
  value       = var.settings.domain == null || try(var.settings.domain.hosted_zone_id, null) != null ? null : aws_cloudfront_distribution.this.domain_name
}

output "distribution_id" {
  description = "ID of the distribution."
  value       = aws_cloudfront_distribution.this.id
}

output "distribution_arn" {
  description = "ARN of the distribution: the policy of your own KMS key must name it (docs/encryption.md)."
  value       = aws_cloudfront_distribution.this.arn
}

# An object, so that the plan knows what there is while the values are unknown.
output "for_pictures" {
  description = "What the pictures' bucket and functions need. Pass it as delivery to module profile_images. A bucket of your own: bucket_policy_json belongs to its policy."
  value = {
    bucket_policy_json = data.aws_iam_policy_document.bucket.json
    invalidation = var.settings.invalidate_removed ? {
      distribution_id  = aws_cloudfront_distribution.this.id
      distribution_arn = aws_cloudfront_distribution.this.arn
    } : null
  }
}
