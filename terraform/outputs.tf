output "region" {
  description = "Region that everything is in."
  value       = var.region
}

output "account_id" {
  description = "AWS account that everything is in."
  value       = module.context.account_id
}

output "from_address" {
  description = "Address that activation mails come from."
  value       = var.from_address
}

output "user_table_name" {
  description = "Table of users: a new item with activationStatus NONE is sent an activation mail. null where enable_user_activation is false."
  value       = one(module.user_activation[*].user_table_name)
}

output "user_profile_table_name" {
  description = "Table of user profiles: the key of each picture and what became of its thumbnail. null where enable_profile_images is false."
  value       = one(module.profile_images[*].user_profile_table_name)
}

output "profile_images_bucket_name" {
  description = "Bucket of pictures: uploads below original/, thumbnails below thumbnails/. null where enable_profile_images is false."
  value       = one(module.profile_images[*].bucket_name)
}

output "state_machine_arn" {
  description = "State machine that sends one user's activation mail. null where enable_user_activation is false."
  value       = one(module.user_activation[*].state_machine_arn)
}

output "function_names" {
  description = "Name of each function at AWS, by its folder in lambdas/."
  value       = { for folder, function in local.functions : folder => function.name }
}

output "failure_queue_urls" {
  description = "Queues that hold what was given up, by what failed. Not empty means: somebody should look."
  value       = { for source, queue in local.failure_queues : source => queue.url }
}

output "alarm_topic_arn" {
  description = "Topic that every alarm is sent to: subscribe a pager or a chat to it. null where alarms are off."
  value       = one(module.operations[*].topic_arn)
}

output "alarm_names" {
  description = "Names of all alarms. docs/runbooks/ has a page for each, named after the end of its name."
  value       = flatten(module.operations[*].alarm_names)
}

output "dashboard_name" {
  description = "Dashboard in CloudWatch. null where alarms are off."
  value       = one(module.operations[*].dashboard_name)
}

output "web_api_url" {
  description = "Address of the page. null where enable_web_api is false."
  value       = one(module.web_api[*].url)
}

output "web_api_domain_target" {
  description = "Name that the domain of web_api must point to by a CNAME. null without a domain, or where its record is made here (hosted_zone_id)."
  value       = one(module.web_api[*].domain_target)
}

output "activation_link_hours" {
  description = "Hours that the link in an activation mail works. null where enable_web_api is false: then that is your application's to say."
  value       = one(module.web_api[*].activation_link_hours)
}

output "unactivated_user_expiration_days" {
  description = "Days at which a user who never activates is removed, as make redrive needs to know it. null: never."
  value       = var.unactivated_user_expiration_days
}

output "web_state_table_name" {
  description = "Table of sign-in counters and ended sessions. null where enable_web_api is false."
  value       = one(module.web_api[*].state_table_name)
}

output "ses_dkim_records" {
  description = "DNS records (CNAME, name => value) that verify the sending domain. Empty for an address: SES sends it a link to click."
  value       = merge({}, module.user_activation[*].ses_dkim_records...)
}

output "ses_mail_from_records" {
  description = "DNS records of the domain that bounces go to. Empty without from_subdomain of mail."
  value       = tolist(flatten(module.user_activation[*].ses_mail_from_records))
}

output "ses_dmarc_record" {
  description = "DNS record that tells receivers what to do with mails that are not yours, to start with: docs/mail-reputation.md. null for an address."
  value       = one(module.user_activation[*].ses_dmarc_record)
}

output "mail_feedback_topic_arn" {
  description = "Topic that SES tells of bounces and complaints. null without a configuration set."
  value       = one(module.mail_feedback[*].topic_arn)
}

output "example_commands" {
  description = "Commands for the AWS CLI that start each pipeline once."
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
