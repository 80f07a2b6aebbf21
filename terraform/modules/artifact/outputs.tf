# Of the object and not of the variables, so that what uses the zip waits until it is uploaded.
output "bucket" {
  description = "Bucket that the zip is in."
  value       = aws_s3_object.this.bucket
}

output "key" {
  description = "Key of the zip."
  value       = aws_s3_object.this.key
}
