# Values of the object, not of the variables: users of the zip wait for its upload.
output "bucket" {
  description = "Bucket that holds the zip."
  value       = aws_s3_object.this.bucket
}

output "key" {
  description = "Key of the zip."
  value       = aws_s3_object.this.key
}
