variable "region" {
  description = "AWS region of the bucket."
  type        = string
  default     = "eu-central-1"
  nullable    = false
}

variable "bucket_name" {
  description = "Name of the bucket, unique in the world, such as \"acme-terraform-state\"."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.bucket_name))
    error_message = "bucket_name must be 3 to 63 lower-case letters, digits and hyphens, and not start or end with a hyphen."
  }
}

variable "kms_key_arn" {
  description = "ARN of your own KMS key for the states. null: S3's own encryption."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key_arn == null || can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$", var.kms_key_arn))
    error_message = "kms_key_arn must be null or the ARN of a key, not of an alias."
  }
}

variable "noncurrent_version_expiration_days" {
  description = "Days until S3 removes replaced states permanently; the newest 20 of each state stay."
  type        = number
  default     = 90
  nullable    = false

  validation {
    condition     = var.noncurrent_version_expiration_days >= 1 && floor(var.noncurrent_version_expiration_days) == var.noncurrent_version_expiration_days
    error_message = "noncurrent_version_expiration_days must be a whole number of days, 1 or more."
  }
}
