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

variable "bucket_name" {
  description = "Name of the bucket."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.bucket_name))
    error_message = "bucket_name must be 3 to 63 lower-case letters, digits and hyphens, and not start or end with a hyphen."
  }

  validation {
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
    condition     = !can(regex("^(xn--|sthree-|amzn-s3-demo-)|(-s3alias|--ol-s3|--x-s3|--table-s3)$", var.bucket_name))
    error_message = "bucket_name must not begin with xn--, sthree- or amzn-s3-demo-, nor end with -s3alias, --ol-s3, --x-s3 or --table-s3: S3 reserves these."
  }
}

variable "force_destroy" {
  description = "Whether `terraform destroy` may delete the bucket with all versions of its objects."
  type        = bool
  default     = false
  nullable    = false
}

variable "abort_incomplete_multipart_upload_days" {
  description = "Days until S3 removes the parts of an unfinished upload. 0: never."
  type        = number
  default     = 7
  nullable    = false

  validation {
    condition     = var.abort_incomplete_multipart_upload_days >= 0 && floor(var.abort_incomplete_multipart_upload_days) == var.abort_incomplete_multipart_upload_days
    error_message = "abort_incomplete_multipart_upload_days must be a whole number of days; 0 means never."
  }
}

variable "noncurrent_version_expiration_days" {
  description = "Days until S3 removes replaced and deleted objects permanently. 0: never."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = var.noncurrent_version_expiration_days >= 0 && floor(var.noncurrent_version_expiration_days) == var.noncurrent_version_expiration_days
    error_message = "noncurrent_version_expiration_days must be a whole number of days; 0 means never."
  }
}

variable "policy_documents" {
  description = "Policy documents whose statements the bucket's policy has beside its own: a bucket has one policy."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "cors" {
  description = "CORS: origins, methods and request headers of scripts that may call the bucket, and seconds to cache a preflight response. CORS-safelisted headers are always allowed. null: no scripts."
  type = object({
    allowed_origins = list(string)
    allowed_methods = list(string)
    allowed_headers = optional(list(string))
    max_age_seconds = optional(number, 3600)
  })
  default = null

  validation {
    condition     = alltrue([for origin in try(var.cors.allowed_origins, []) : can(regex("^https?://[^/*]+$", origin))])
    error_message = "cors.allowed_origins must be origins such as \"https://example.com\", without a path or a wildcard."
  }

  validation {
    condition     = alltrue([for method in try(var.cors.allowed_methods, []) : contains(["GET", "HEAD", "PUT", "POST", "DELETE"], method)])
    error_message = "cors.allowed_methods may contain only GET, HEAD, PUT, POST and DELETE."
  }
}
