output "bucket_name" {
  description = "Name of the bucket of pictures."
  value       = module.bucket.bucket_name
}

output "user_profile_table_name" {
  description = "Name of the table of user profiles."
  value       = aws_dynamodb_table.this.name
}

output "function_names" {
  description = "Name of each function at AWS, by its folder in lambdas/."
  value = {
    set_profile_image     = module.set_profile_image.function_name
    create_thumbnail      = module.create_thumbnail.function_name
    remove_profile_images = module.remove_profile_images.function_name
  }
}

output "failure_queue_urls" {
  description = "Queues that hold what was given up: S3 events, stream records."
  value = {
    set_profile_image     = module.set_profile_image_failures.url
    create_thumbnail      = module.user_profile_stream.failure_queue_url
    remove_profile_images = module.left_images_stream.failure_queue_url
  }
}

output "bucket_arn" {
  description = "ARN of the bucket of pictures."
  value       = module.bucket.bucket_arn
}

output "bucket_regional_domain_name" {
  description = "Host that the bucket of pictures is at in its own region."
  value       = module.bucket.regional_domain_name
}

output "user_profile_table_arn" {
  description = "ARN of the table of user profiles."
  value       = aws_dynamodb_table.this.arn
}
