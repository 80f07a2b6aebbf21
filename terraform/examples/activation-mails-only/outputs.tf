output "user_table_name" {
  description = "Table of users: a new item with activationStatus NONE is sent an activation mail."
  value       = module.user_activation.user_table_name
}
