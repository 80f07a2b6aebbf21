output "bucket_name" {
  description = "Name of the bucket of pictures."
  value       = module.bucket.bucket_name
}

output "user_profile_table_name" {
  description = "Name of the table of user profiles."
  value       = aws_dynamodb_table.this.name
}

# operations.tf derives the alarms and the dashboard from these two.
output "functions" {
  description = "Functions by their folder in lambdas/: name in AWS, timeout in seconds, what invokes each, and how many of it may run at once (null: only the account's limit)."
  value = {
    set_profile_image = {
      name            = module.set_profile_image.function_name
      timeout_seconds = module.set_profile_image.timeout
      invoked_by      = "event"

      maximum_concurrency = null # S3 reports each upload by itself
    }
    create_thumbnail = {
      name            = module.create_thumbnail.function_name
      timeout_seconds = module.create_thumbnail.timeout
      invoked_by      = "stream"
      mapping_uuid    = module.user_profile_stream.mapping_uuid

      maximum_concurrency = module.user_profile_stream.maximum_concurrency
    }
    remove_profile_images = {
      name            = module.remove_profile_images.function_name
      timeout_seconds = module.remove_profile_images.timeout
      invoked_by      = "stream"
      mapping_uuid    = module.replaced_images_stream.mapping_uuid

      maximum_concurrency = module.replaced_images_stream.maximum_concurrency
    }
  }
}

output "failure_queues" {
  description = "Failure queues: discarded S3 events and positions of stream records."
  value = {
    set_profile_image     = { name = module.set_profile_image_failures.name, url = module.set_profile_image_failures.url }
    create_thumbnail      = { name = module.user_profile_stream.failure_queue_name, url = module.user_profile_stream.failure_queue_url }
    remove_profile_images = { name = module.replaced_images_stream.failure_queue_name, url = module.replaced_images_stream.failure_queue_url }
  }
}

output "bucket_arn" {
  description = "ARN of the bucket of pictures."
  value       = module.bucket.bucket_arn
}

output "bucket_regional_domain_name" {
  description = "Regional host name of the bucket of pictures."
  value       = module.bucket.regional_domain_name
}

output "thumbnail_prefixes" {
  description = "Prefixes of the thumbnails in the bucket, of all sizes that there may be."
  value       = values(local.thumbnail_prefixes)
}

output "user_profile_table_arn" {
  description = "ARN of the table of user profiles."
  value       = aws_dynamodb_table.this.arn
}

output "thumbnail_sizes" {
  description = "Sizes of thumbnails that are made, as the longest side in pixels."
  value       = var.thumbnails.sizes
}

output "max_image_bytes" {
  description = "Maximum size of an upload that gets a thumbnail, in bytes."
  value       = var.uploads.max_image_bytes
}

output "takes_heic" {
  description = "Whether HEIC pictures get a thumbnail."
  value       = var.thumbnails.heic
}
