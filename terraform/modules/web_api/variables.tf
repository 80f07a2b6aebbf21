variable "name_prefix" {
  description = "Start of every name."
  type        = string
  nullable    = false
}

variable "artifacts_bucket" {
  description = "Bucket that Lambda fetches the zip from."
  type        = string
  nullable    = false
}

variable "packages" {
  description = "The finished zips by function: path and what the manifest says of each."
  type = map(object({
    path             = string
    sha256           = string
    source_code_hash = string
    handler          = string
    runtime          = string
    architecture     = string
  }))
  nullable = false

  validation {
    condition     = contains(keys(var.packages), "web_api")
    error_message = "manifest.json lacks web_api: run `make build` again."
  }
}

variable "user_table_name" {
  description = "Name of the table of users."
  type        = string
  nullable    = false
}

variable "user_table_arn" {
  description = "ARN of the table of users."
  type        = string
  nullable    = false
}

variable "user_profile_table_name" {
  description = "Name of the table of user profiles."
  type        = string
  nullable    = false
}

variable "user_profile_table_arn" {
  description = "ARN of the table of user profiles."
  type        = string
  nullable    = false
}

variable "profile_images_bucket_name" {
  description = "Name of the bucket of pictures."
  type        = string
  nullable    = false
}

variable "profile_images_bucket_arn" {
  description = "ARN of the bucket of pictures."
  type        = string
  nullable    = false
}

variable "state_machine_arn" {
  description = "ARN of the state machine that sends activation mails."
  type        = string
  nullable    = false
}

variable "upload_origin" {
  description = "Origin that browsers upload pictures to and load thumbnails from: scheme, host and port, as the Content-Security-Policy names it."
  type        = string
  nullable    = false
}

variable "domain" {
  description = "A domain name for the page, beside the address that API Gateway gives: see web_api_domain in the root module. null: none."
  type = object({
    name            = string
    certificate_arn = string
    hosted_zone_id  = optional(string)
  })
  default = null
}

variable "throttling" {
  description = "Requests a second and at once, of all clients together: in general, and for the requests that cost most."
  type = object({
    default = object({ rate = number, burst = number })
    sign_up = object({ rate = number, burst = number })
    sign_in = object({ rate = number, burst = number })
    resend  = object({ rate = number, burst = number })
  })
  nullable = false

  validation {
    # 0 would let nothing pass.
    condition     = alltrue([for limit in values(var.throttling) : limit.rate > 0 && limit.burst >= 1 && floor(limit.burst) == limit.burst])
    error_message = "throttling must have rates above 0 and bursts that are whole numbers above 0."
  }
}

variable "session_hours" {
  description = "Hours that a session lasts."
  type        = number
  nullable    = false
}

variable "session_key_version" {
  description = "Raised to have a new session key made."
  type        = number
  nullable    = false
}

variable "activation_link_hours" {
  description = "Hours that the link in an activation mail works."
  type        = number
  nullable    = false
}

variable "unactivated_user_expiration_days" {
  description = "Days after which a user who never activates is removed. null: never."
  type        = number
  default     = null
}

variable "max_upload_bytes" {
  description = "Size of the largest picture that may be uploaded, in bytes."
  type        = number
  nullable    = false
}

variable "resend_cool_down_seconds" {
  description = "Seconds until a user may ask for the activation mail again."
  type        = number
  nullable    = false
}

variable "resend_limit" {
  description = "Times that a user may ask for the activation mail again."
  type        = number
  nullable    = false
}

variable "product_name" {
  description = "Name of the product on the page."
  type        = string
  nullable    = false
}

variable "page_language" {
  description = "Language of the page: \"en\" or \"de\"."
  type        = string
  nullable    = false

  validation {
    condition     = contains(["en", "de"], var.page_language)
    error_message = "page_language must be \"en\" or \"de\"."
  }
}

variable "log_level" {
  description = "Least level that the function logs."
  type        = string
  nullable    = false
}

variable "log_retention_days" {
  description = "Days that logs are kept."
  type        = number
  nullable    = false
}

variable "enable_tracing" {
  description = "Whether the function sends traces to X-Ray."
  type        = bool
  default     = false
  nullable    = false
}

variable "kms_key_arn" {
  description = "ARN of the key that encrypts tables, bucket, logs and the session key. null: a key of AWS's."
  type        = string
  default     = null
}
