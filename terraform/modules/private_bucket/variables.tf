variable "context" {
  description = "Settings that all modules share. Pass module.context."
  type = object({
    prefix     = string
    partition  = string
    region     = string
    account_id = string
    logs       = object({ level = string, retention_days = number })
    tracing    = bool
    encryption = object({ kms_key_arn = string })
  })
  nullable = false
}

variable "bucket_name" {
  description = "Name of the bucket."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.bucket_name))
    error_message = "bucket_name must be 3 to 63 lower-case letters, digits and hyphens."
  }
}

variable "force_destroy" {
  description = "Whether the bucket may be destroyed with objects in it, in all their versions."
  type        = bool
  default     = false
  nullable    = false
}

variable "abort_incomplete_multipart_upload_days" {
  description = "Days after which the parts of an unfinished upload are removed. 0: never."
  type        = number
  default     = 7
  nullable    = false

  validation {
    condition     = var.abort_incomplete_multipart_upload_days >= 0 && floor(var.abort_incomplete_multipart_upload_days) == var.abort_incomplete_multipart_upload_days
    error_message = "abort_incomplete_multipart_upload_days must be a whole number of days, or 0 for never."
  }
}

variable "noncurrent_version_expiration_days" {
  description = "Days after which a replaced or deleted object is removed for good. 0: never."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = var.noncurrent_version_expiration_days >= 0 && floor(var.noncurrent_version_expiration_days) == var.noncurrent_version_expiration_days
    error_message = "noncurrent_version_expiration_days must be a whole number of days, or 0 for never."
  }
}

variable "cors" {
  description = "Pages whose scripts may call the bucket: origins, methods, seconds that a browser keeps the answer. null: none. No header beside those that browsers send anyhow."
  type = object({
    allowed_origins = list(string)
    allowed_methods = list(string)
    max_age_seconds = optional(number, 3600)
  })
  default = null

  validation {
    condition     = alltrue([for origin in try(var.cors.allowed_origins, []) : can(regex("^https?://[^/*]+$", origin))])
    error_message = "allowed_origins of cors must be origins such as \"https://example.com\", without a path or a wildcard."
  }

  validation {
    condition     = alltrue([for method in try(var.cors.allowed_methods, []) : contains(["GET", "HEAD", "PUT", "POST", "DELETE"], method)])
    error_message = "allowed_methods of cors must be some of GET, HEAD, PUT, POST, DELETE."
  }
}
