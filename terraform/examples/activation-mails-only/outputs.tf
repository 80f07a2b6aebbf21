output "user_table_name" {
  description = "Table of users: each new item with activationStatus NONE gets an activation mail."
  value       = module.user_activation.user_table_name
}
