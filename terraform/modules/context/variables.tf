variable "name_prefix" {
  description = "Start of every name, before the environment."
  type        = string
  default     = "onboarding"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]*[a-z0-9]$", var.name_prefix))
    error_message = "name_prefix must be lower-case letters, digits and hyphens, with a letter first and no hyphen last."
  }

  validation {
    # An IAM role's name has at most 64 characters, and "-GetUserActivationStatus" is the longest that stands between
    # prefix and region; a bucket's has at most 63, with "-artifacts-" and the account's 12 digits. Every other limit
    # is wider (docs/adr/0032-names.md): tests/terraform/test_names.py plans with the longest names.
    condition     = length("${var.name_prefix}-${var.environment}-${data.aws_region.current.name}") <= 40
    error_message = "name_prefix, environment and region are ${length("${var.name_prefix}-${var.environment}-${data.aws_region.current.name}")} characters with a hyphen between each, and must be at most 40: an IAM role's name has at most 64, a bucket's 63."
  }
}

variable "environment" {
  description = "Which deployment it is, such as \"dev\" or \"prod\": part of every name, so that several live in one account and region."
  type        = string
  default     = "dev"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9]([a-z0-9-]*[a-z0-9])?$", var.environment))
    error_message = "environment must be lower-case letters, digits and hyphens, with no hyphen first or last."
  }
}

variable "logs" {
  description = "What the functions log, and how long logs are kept."
  type = object({
    # Least level that the functions log.
    level = optional(string, "INFO")
    # Days that logs are kept.
    retention_days = optional(number, 30)
  })
  default  = {}
  nullable = false

  validation {
    condition     = contains(["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"], var.logs.level)
    error_message = "level of logs must be DEBUG, INFO, WARNING, ERROR or CRITICAL."
  }

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.logs.retention_days)
    error_message = "retention_days of logs must be one of the numbers that CloudWatch Logs takes: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653."
  }
}

variable "enable_tracing" {
  description = "Whether functions and state machine send traces to X-Ray."
  type        = bool
  default     = false
  nullable    = false
}

variable "encryption" {
  description = "A KMS key of your own, in this region, that encrypts tables, buckets, queues, topics, logs and parameters. It may be made in the same configuration. null: keys of AWS's."
  type = object({
    # What the key's policy must allow: docs/encryption.md.
    kms_key_arn = string
  })
  default = null

  validation {
    condition     = alltrue([for key in var.encryption[*] : can(regex("^arn:aws[a-z-]*:kms:${data.aws_region.current.name}:[0-9]{12}:key/[A-Za-z0-9-]+$", key.kms_key_arn))])
    error_message = "kms_key_arn of encryption must be the ARN of a key in this region, such as \"arn:aws:kms:eu-central-1:123456789012:key/...\": no alias."
  }
}
