output "bucket_name" {
  description = "Name of the bucket, once it keeps versions and is closed to the public."
  value       = aws_s3_bucket.this.bucket

  # So that no object is put before; one put earlier would have no version of its own.
  depends_on = [aws_s3_bucket_versioning.this, aws_s3_bucket_public_access_block.this]
}

output "bucket_arn" {
  description = "ARN of the bucket."
  value       = aws_s3_bucket.this.arn
}

output "regional_domain_name" {
  description = "Host that the bucket is at in its own region."
  value       = aws_s3_bucket.this.bucket_regional_domain_name
}
