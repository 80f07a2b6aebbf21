output "web_api_url" {
  description = "URL of the page."
  value       = module.web_api.url
}

output "user_table_name" {
  description = "Table of users."
  value       = module.user_activation.user_table_name
}

output "user_profile_table_name" {
  description = "Table of user profiles."
  value       = module.profile_images.user_profile_table_name
}

output "profile_images_bucket_name" {
  description = "Bucket of pictures: uploads below original/, thumbnails below thumbnails/."
  value       = module.profile_images.bucket_name
}

output "function_names" {
  description = "Names of the functions in AWS, by folder in lambdas/."
  value       = { for folder, function in local.functions : folder => function.name }
}
