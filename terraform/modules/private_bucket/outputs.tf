output "bucket_name" {
  description = "Name of the bucket, available once versioning is on and public access is blocked."
  value       = aws_s3_bucket.this.bucket

  # An object written before versioning is on would have no version ID.
  depends_on = [aws_s3_bucket_versioning.this, aws_s3_bucket_public_access_block.this]
}

output "bucket_arn" {
  description = "ARN of the bucket."
  value       = aws_s3_bucket.this.arn
}

output "regional_domain_name" {
  description = "Regional host name of the bucket."
  value       = aws_s3_bucket.this.bucket_regional_domain_name
}
