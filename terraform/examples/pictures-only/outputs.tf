output "user_profile_table_name" {
  description = "Table of user profiles: your application writes an item for each profile."
  value       = module.profile_images.user_profile_table_name
}

output "profile_images_bucket_name" {
  description = "Bucket of pictures: your application uploads below original/ and reads below thumbnails/."
  value       = module.profile_images.bucket_name
}
