output "user_table_name" {
  description = "Table of users: your application writes an item with activationStatus NONE for each new user."
  value       = module.user_activation.user_table_name
}

output "user_profile_table_name" {
  description = "Table of user profiles: your application writes an item for each profile."
  value       = module.profile_images.user_profile_table_name
}

output "profile_images_bucket_name" {
  description = "Bucket of pictures: your application uploads below original/ and reads below thumbnails/."
  value       = module.profile_images.bucket_name
}

output "kms_key_arn" {
  description = "KMS key. Your application needs kms:Decrypt through DynamoDB, and kms:GenerateDataKey through S3."
  value       = aws_kms_key.this.arn
}

output "ses_records" {
  description = "DNS records of the domain: DKIM (name => value), MAIL FROM (for bounces) and DMARC."
  value = {
    dkim      = module.user_activation.ses_dkim_records
    mail_from = module.user_activation.ses_mail_from_records
    dmarc     = module.user_activation.ses_dmarc_record
  }
}

output "thumbnail_origin" {
  description = "Origin of the thumbnails' public addresses: behind it come /, the key, and ?v= with the profile's thumbnailVersion."
  value       = module.delivery.origin
}
