variable "context" {
  description = "Settings that all modules share. Pass module.context."
  type = object({
    prefix               = string
    partition            = string
    dns_suffix           = string
    region               = string
    account_id           = string
    logs                 = object({ level = string, retention_days = number })
    tracing              = bool
    encryption           = object({ kms_key_arn = string })
    former_kms_key_arns  = list(string)
    permissions_boundary = string
  })
  nullable = false
}

variable "name" {
  description = "Name of the queue."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,80}$", var.name))
    error_message = "name must be 1 to 80 letters, digits, hyphens and underscores."
  }
}

variable "topic_arn" {
  description = "ARN of a topic that may send its undeliverable messages to the queue. null: none."
  type        = string
  default     = null
}
