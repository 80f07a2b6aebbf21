output "region" {
  description = "AWS region of all resources."
  value       = var.region
}

output "account_id" {
  description = "AWS account of all resources."
  value       = module.context.account_id
}

output "environment" {
  description = "Name of this deployment, a part of every name."
  value       = module.context.environment
}

output "artifacts_bucket_name" {
  description = "Bucket of the functions' zips, and of the records that `make rollback` reads."
  value       = module.packages.bucket
}

output "from_address" {
  description = "Sender address of the activation mails."
  value       = var.from_address
}

output "user_table_name" {
  description = "Table of users: each new item with activationStatus NONE gets an activation mail. null if enable_user_activation is false."
  value       = one(module.user_activation[*].user_table_name)
}

output "user_profile_table_name" {
  description = "Table of user profiles: the key of each picture and the status of its thumbnail. null if enable_profile_images is false."
  value       = one(module.profile_images[*].user_profile_table_name)
}

output "profile_images_bucket_name" {
  description = "Bucket of pictures: uploads below original/, thumbnails below thumbnails/. null if enable_profile_images is false."
  value       = one(module.profile_images[*].bucket_name)
}

output "thumbnail_sizes" {
  description = "Longest sides of the thumbnails in pixels. null if enable_profile_images is false."
  value       = one(module.profile_images[*].thumbnail_sizes)
}

output "state_machine_arn" {
  description = "State machine that sends a user's activation mail. null if enable_user_activation is false."
  value       = one(module.user_activation[*].state_machine_arn)
}

output "function_names" {
  description = "Names of the functions in AWS, by folder in lambdas/."
  value       = { for folder, function in local.functions : folder => function.name }
}

output "concurrency" {
  description = "How many of each function may run at once, by its name in AWS, and the total of those with a limit. null: only the account's limit (docs/cost-and-limits.md)."
  value = {
    functions = { for function in local.functions : function.name => function.maximum_concurrency }
    total     = sum(concat([0], [for function in local.functions : function.maximum_concurrency if function.maximum_concurrency != null]))
  }
}

output "failure_queue_urls" {
  description = "URLs of the failure queues, by what failed. An operator must look at any message in them."
  value       = { for source, queue in local.failure_queues : source => queue.url }
}

output "alarm_topic_arn" {
  description = "Topic of all alarms, to which you can subscribe a pager or a chat. null without alarms."
  value       = one(module.operations[*].topic_arn)
}

output "alarm_names" {
  description = "Names of all alarms. docs/runbooks/ has a page for each kind, named after the end of the alarm's name."
  value       = flatten(module.operations[*].alarm_names)
}

output "dashboard_name" {
  description = "Name of the CloudWatch dashboard. null without alarms."
  value       = one(module.operations[*].dashboard_name)
}

output "web_api_url" {
  description = "URL of the page. null if enable_web_api is false."
  value       = one(module.web_api[*].url)
}

output "web_api_domain_target" {
  description = "Target for a CNAME of web_api.domain. null without a domain, or with hosted_zone_id."
  value       = one(module.web_api[*].domain_target)
}

output "activation_link_hours" {
  description = "Hours that an activation link is valid. null if enable_web_api is false: then your application decides."
  value       = one(module.web_api[*].activation_link_hours)
}

output "unactivated_user_expiration_days" {
  description = "Days until a user who never activates is removed; make redrive reads it. null: never."
  value       = var.unactivated_user_expiration_days
}

output "web_state_table_name" {
  description = "Table of sign-in counters and ended sessions. null if enable_web_api is false."
  value       = one(module.web_api[*].state_table_name)
}

output "delivery_origin" {
  description = "Origin of the thumbnails' public addresses. null without delivery."
  value       = local.delivery_origin
}

output "delivery_domain_target" {
  description = "Target for a CNAME of delivery.domain. null without a domain, or with hosted_zone_id."
  value       = one(module.delivery[*].domain_target)
}

output "delivery_distribution_id" {
  description = "ID of the CloudFront distribution; make forget invalidates pictures there. null without delivery."
  value       = one(module.delivery[*].distribution_id)
}

output "delivery_distribution_arn" {
  description = "ARN of the CloudFront distribution: the policy of your own KMS key must name it (docs/encryption.md). null without delivery."
  value       = one(module.delivery[*].distribution_arn)
}

output "ses_dkim_records" {
  description = "CNAME records (name => value) that verify the sending domain. Empty for an address: SES mails it a link instead."
  value       = merge({}, module.user_activation[*].ses_dkim_records...)
}

output "ses_mail_from_records" {
  description = "DNS records of the custom MAIL FROM domain, which receives bounces. Empty without mail.from_subdomain."
  value       = tolist(flatten(module.user_activation[*].ses_mail_from_records))
}

output "ses_dmarc_record" {
  description = "DMARC record to start with: receivers report forged mails and still deliver them (docs/mail-reputation.md). null for an address."
  value       = one(module.user_activation[*].ses_dmarc_record)
}

output "mail_feedback_topic_arn" {
  description = "Topic to which SES publishes bounces and complaints. null without a configuration set."
  value       = one(module.mail_feedback[*].topic_arn)
}

output "example_commands" {
  description = "AWS CLI commands that start each pipeline once."
  value = merge(
    {
      for activation in module.user_activation : "register_user" => join(" ", [
        "aws dynamodb put-item --region ${var.region} --table-name ${activation.user_table_name}",
        "--item '{\"username\": {\"S\": \"jane\"}, \"name\": {\"S\": \"Jane\"}, \"email\": {\"S\": \"jane@example.com\"},",
        "\"activationStatus\": {\"S\": \"NONE\"}, \"activationUrlBase\": {\"S\": \"https://example.com/activate\"}}'",
        "--condition-expression 'attribute_not_exists(username)'",
      ])
    },
    {
      for images in module.profile_images : "create_profile" => join(" ", [
        "aws dynamodb put-item --region ${var.region} --table-name ${images.user_profile_table_name}",
        "--item '{\"id\": {\"N\": \"1\"}}' --condition-expression 'attribute_not_exists(id)'",
      ])
    },
    {
      for images in module.profile_images : "upload_picture" => join(" ", [
        "aws s3 cp picture.jpg s3://${images.bucket_name}/original/picture.jpg",
        "--region ${var.region} --metadata user-profile-id=1",
      ])
    },
  )
}
