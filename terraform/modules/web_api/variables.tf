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

variable "packages" {
  description = "The zips of `make build`. Pass module.packages."
  type = object({
    bucket = string
    function_packages = map(object({
      path             = string
      sha256           = string
      source_code_hash = string
      handler          = string
      runtime          = string
      architecture     = string
    }))
  })
  nullable = false

  validation {
    condition     = contains(keys(var.packages.function_packages), "web_api")
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

variable "max_image_bytes" {
  description = "Size of the largest upload that gets a thumbnail, in bytes."
  type        = number
  nullable    = false
}

variable "product_name" {
  description = "Name of the product on the page."
  type        = string
  default     = "Digital Card Store"
  nullable    = false
}

variable "settings" {
  description = "The page and its API."
  type = object({
    # Language of the page: "en" or "de".
    language = optional(string, "en")
    # A host name for the page beside the address that API Gateway gives, the ARN of its certificate in ACM (of this
    # region), and the hosted zone in Route 53 to make its record in. Without a zone, point a CNAME at domain_target.
    domain = optional(object({ name = string, certificate_arn = string, hosted_zone_id = optional(string) }))
    # Requests a second (rate) and at once (burst) of all clients together: in general, for signing up, signing in, and
    # sending the activation mail again. The rest is answered 429.
    throttling = optional(object({
      default = optional(object({ rate = number, burst = number }), { rate = 200, burst = 400 })
      sign_up = optional(object({ rate = number, burst = number }), { rate = 20, burst = 200 })
      sign_in = optional(object({ rate = number, burst = number }), { rate = 50, burst = 200 })
      resend  = optional(object({ rate = number, burst = number }), { rate = 5, burst = 20 })
    }), {})
    # Largest picture that the page takes.
    max_upload_bytes = optional(number, 10485760)
    # Hours that the link in an activation mail works.
    activation_link_hours = optional(number, 24)
    # Seconds from a sign-up, or a request for another mail, until the next request.
    resend_cool_down_seconds = optional(number, 60)
    # Requests for another mail, until a day has passed without one.
    resend_limit = optional(number, 5)
  })
  default  = {}
  nullable = false

  validation {
    condition     = contains(["en", "de"], var.settings.language)
    error_message = "language of web_api must be \"en\" or \"de\"."
  }

  validation {
    condition     = alltrue([for domain in var.settings.domain[*] : can(regex("^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$", domain.name))])
    error_message = "name of web_api's domain must be a host name in lower case, such as \"accounts.example.com\"."
  }

  validation {
    condition     = alltrue([for domain in var.settings.domain[*] : can(regex("^arn:[a-z0-9-]+:acm:${var.context.region}:[0-9]{12}:certificate/[A-Za-z0-9-]+$", domain.certificate_arn))])
    error_message = "certificate_arn of web_api's domain must be the ARN of a certificate in ACM, in the region of the API."
  }

  validation {
    condition     = alltrue([for domain in var.settings.domain[*] : domain.hosted_zone_id == null || can(regex("^Z[A-Z0-9]{1,31}$", domain.hosted_zone_id))])
    error_message = "hosted_zone_id of web_api's domain must be the id of a hosted zone, such as \"Z0123456789ABCDEFGHIJ\", or null."
  }

  validation {
    # 0 would let nothing pass.
    condition     = alltrue([for limit in values(var.settings.throttling) : limit.rate > 0 && limit.burst >= 1 && floor(limit.burst) == limit.burst])
    error_message = "throttling of web_api must have rates above 0 and bursts that are whole numbers above 0."
  }

  validation {
    condition     = var.settings.max_upload_bytes >= 1 && floor(var.settings.max_upload_bytes) == var.settings.max_upload_bytes
    error_message = "max_upload_bytes of web_api must be a whole number of bytes above 0."
  }

  validation {
    condition     = var.settings.max_upload_bytes <= var.max_image_bytes
    error_message = "max_upload_bytes of web_api must be at most max_image_bytes of uploads: a larger upload would get no thumbnail."
  }

  validation {
    condition     = var.settings.activation_link_hours >= 1 && var.settings.activation_link_hours <= 720 && floor(var.settings.activation_link_hours) == var.settings.activation_link_hours
    error_message = "activation_link_hours of web_api must be a whole number from 1 to 720."
  }

  validation {
    condition     = var.settings.resend_cool_down_seconds >= 1 && var.settings.resend_cool_down_seconds <= 86400 && floor(var.settings.resend_cool_down_seconds) == var.settings.resend_cool_down_seconds
    error_message = "resend_cool_down_seconds of web_api must be a whole number from 1 to 86400."
  }

  validation {
    condition     = var.settings.resend_limit >= 1 && var.settings.resend_limit <= 100 && floor(var.settings.resend_limit) == var.settings.resend_limit
    error_message = "resend_limit of web_api must be a whole number from 1 to 100."
  }
}

variable "sessions" {
  description = "Sessions of the page."
  type = object({
    # Hours that a session lasts, from sign-in.
    hours = optional(number, 12)
    # Raise it by one to sign with a new key: sessions signed with the key before it stay valid, those of older keys end.
    # Raise it twice, with an apply each, to end every session, as after a leak. Functions see it within 5 minutes.
    key_version = optional(number, 1)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.sessions.hours >= 1 && var.sessions.hours <= 720 && floor(var.sessions.hours) == var.sessions.hours
    error_message = "hours of sessions must be a whole number from 1 to 720."
  }

  validation {
    condition     = var.sessions.key_version >= 1 && floor(var.sessions.key_version) == var.sessions.key_version
    error_message = "key_version of sessions must be a whole number above 0."
  }
}

variable "unactivated_user_expiration_days" {
  description = "Days after sign-up, or after the last mail that was asked for, at which a user who never activates is removed. null: never."
  type        = number
  default     = null

  validation {
    # What was mailed must work for its time, and that starts with the mail: it can wait for some 41
    # hours, 1,000 retries of 150 s on average, where SES takes no more (send_user_activation_mail.asl.json).
    condition     = try(var.unactivated_user_expiration_days * 24 >= var.settings.activation_link_hours + 48, var.unactivated_user_expiration_days == null)
    error_message = "unactivated_user_expiration_days must be activation_link_hours of web_api and two days more, for a mail that waits for SES: or the user could be gone before the link in the mail ends."
  }
}
