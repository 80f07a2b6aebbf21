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
    set_profile_image = module.set_profile_image.function_name
    create_thumbnail  = module.create_thumbnail.function_name
  }
}

output "failure_queue_urls" {
  description = "Queues that hold what was given up: S3 events, stream records."
  value = {
    set_profile_image = module.set_profile_image_failures.url
    create_thumbnail  = module.user_profile_stream.failure_queue_url
  }
}
