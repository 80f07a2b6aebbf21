variable "name" {
  description = "Name of the queue."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,80}$", var.name))
    error_message = "name must be 1 to 80 letters, digits, hyphens and underscores."
  }
}

variable "kms_key_arn" {
  description = "ARN of the key that encrypts the messages. null: a key of AWS's."
  type        = string
  default     = null
}

variable "topic_arn" {
  description = "ARN of a topic that may put here what it could not deliver. null: none may."
  type        = string
  default     = null
}
