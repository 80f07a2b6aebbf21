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

variable "thumbnail_sizes" {
  description = "Sizes of the thumbnails in the bucket: thumbnail_sizes of modules/profile_images."
  type        = list(number)
  default     = [150]
  nullable    = false

  validation {
    condition     = contains(var.thumbnail_sizes, 150)
    error_message = "thumbnail_sizes must hold 150, the contract's."
  }
}

variable "upload_origin" {
  description = "Origin (scheme, host and port) of the bucket for uploads and thumbnails. The Content-Security-Policy names it."
  type        = string
  nullable    = false
}

variable "thumbnail_origin" {
  description = "Origin of the thumbnails' public addresses: module.delivery's output origin. null: links for five minutes, signed by the function."
  type        = string
  default     = null
}

variable "max_image_bytes" {
  description = "Maximum size of an upload that gets a thumbnail, in bytes."
  type        = number
  nullable    = false
}

variable "takes_heic" {
  description = "Whether uploads may be HEIC: thumbnails.heic of modules/profile_images. The page never offers it."
  type        = bool
  default     = false
  nullable    = false
}

variable "product_name" {
  description = "Name of the product on the page."
  type        = string
  default     = "Digital Card Store"
  nullable    = false

  validation {
    condition     = can(regex("^[^\\x00-\\x1f\\x7f]*[^\\s\\x00-\\x1f\\x7f][^\\x00-\\x1f\\x7f]*$", var.product_name))
    error_message = "product_name must have a visible character, and no line break or other control character."
  }

  validation {
    # It is an environment variable; base64 makes 4 characters of 3 bytes.
    condition     = length(base64encode(var.product_name)) / 4 * 3 <= 240
    error_message = "product_name must have at most 240 bytes in UTF-8: Lambda takes 4,096 bytes of environment variables in all."
  }
}

variable "settings" {
  description = "Language, domain and limits of the page and its API."
  type = object({
    # Language of the page: "en" or "de".
    language = optional(string, "en")
    # Your own host name for the page, the ARN of its certificate in ACM (in this region), and the Route 53 hosted
    # zone for its record. Without a zone, create a CNAME to the output domain_target.
    domain = optional(object({ name = string, certificate_arn = string, hosted_zone_id = optional(string) }))
    # Requests a second (rate) and at once (burst) of all clients together: by default, and for sign-up, sign-in and
    # resending the activation mail. Requests above a limit get status 429.
    throttling = optional(object({
      default = optional(object({ rate = number, burst = number }), { rate = 200, burst = 400 })
      sign_up = optional(object({ rate = number, burst = number }), { rate = 20, burst = 200 })
      sign_in = optional(object({ rate = number, burst = number }), { rate = 50, burst = 200 })
      resend  = optional(object({ rate = number, burst = number }), { rate = 5, burst = 20 })
    }), {})
    # Maximum bytes of a picture that the page accepts.
    max_upload_bytes = optional(number, 10485760)
    # Hours that an activation link is valid.
    activation_link_hours = optional(number, 24)
    # Minimum seconds from a sign-up or a resend to the next resend of the activation mail.
    resend_cool_down_seconds = optional(number, 60)
    # Maximum resends of the activation mail. The count restarts after a day without one.
    resend_limit = optional(number, 5)
    # Maximum users that one network (an IPv4 address or an IPv6 /56) registers in an hour. It may try three times as
    # many, taken usernames included. Raise it where many people share an address, as in a company or a school.
    sign_ups_per_hour = optional(number, 20)
    # Usernames that nobody can register, beside "admin", "support" and the like. Dots, hyphens and underscores in them
    # don't count.
    reserved_usernames = optional(set(string), [])
  })
  default  = {}
  nullable = false

  validation {
    condition     = contains(["en", "de"], var.settings.language)
    error_message = "web_api.language must be \"en\" or \"de\"."
  }

  validation {
    condition     = alltrue([for domain in var.settings.domain[*] : length(domain.name) <= 253 && can(regex("^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$", domain.name))])
    error_message = "web_api.domain.name must be a lower-case host name, such as \"accounts.example.com\"."
  }

  validation {
    condition     = alltrue([for domain in var.settings.domain[*] : can(regex("^arn:[a-z0-9-]+:acm:${var.context.region}:[0-9]{12}:certificate/[A-Za-z0-9-]+$", domain.certificate_arn))])
    error_message = "web_api.domain.certificate_arn must be the ARN of an ACM certificate in the region of the API."
  }

  validation {
    condition     = alltrue([for domain in var.settings.domain[*] : domain.hosted_zone_id == null || can(regex("^Z[A-Z0-9]{1,31}$", domain.hosted_zone_id))])
    error_message = "web_api.domain.hosted_zone_id must be the ID of a hosted zone, such as \"Z0123456789ABCDEFGHIJ\", or null."
  }

  validation {
    # 0 would block every request.
    condition     = alltrue([for limit in values(var.settings.throttling) : limit.rate > 0 && limit.burst >= 1 && floor(limit.burst) == limit.burst])
    error_message = "web_api.throttling must have rates above 0, and whole numbers above 0 as bursts."
  }

  validation {
    condition     = var.settings.max_upload_bytes >= 1 && floor(var.settings.max_upload_bytes) == var.settings.max_upload_bytes
    error_message = "web_api.max_upload_bytes must be a whole number of bytes above 0."
  }

  validation {
    condition     = var.settings.max_upload_bytes <= var.max_image_bytes
    error_message = "web_api.max_upload_bytes must be at most uploads.max_image_bytes: a larger upload would get no thumbnail."
  }

  validation {
    condition     = var.settings.activation_link_hours >= 1 && var.settings.activation_link_hours <= 720 && floor(var.settings.activation_link_hours) == var.settings.activation_link_hours
    error_message = "web_api.activation_link_hours must be a whole number from 1 to 720."
  }

  validation {
    condition     = var.settings.resend_cool_down_seconds >= 1 && var.settings.resend_cool_down_seconds <= 86400 && floor(var.settings.resend_cool_down_seconds) == var.settings.resend_cool_down_seconds
    error_message = "web_api.resend_cool_down_seconds must be a whole number from 1 to 86400."
  }

  validation {
    condition     = var.settings.resend_limit >= 1 && var.settings.resend_limit <= 100 && floor(var.settings.resend_limit) == var.settings.resend_limit
    error_message = "web_api.resend_limit must be a whole number from 1 to 100."
  }

  validation {
    condition     = var.settings.sign_ups_per_hour >= 1 && var.settings.sign_ups_per_hour <= 1000000 && floor(var.settings.sign_ups_per_hour) == var.settings.sign_ups_per_hour
    error_message = "web_api.sign_ups_per_hour must be a whole number from 1 to 1000000."
  }

  validation {
    condition     = alltrue([for username in var.settings.reserved_usernames : can(regex("^[a-z0-9][a-z0-9._-]{1,30}[a-z0-9]$", username))])
    error_message = "web_api.reserved_usernames must be usernames: 3 to 32 lower-case letters, digits, dots, hyphens and underscores, with a letter or a digit as the first and the last."
  }

  validation {
    # Lambda takes 4,096 bytes of environment variables, and the other ones have at most 2,050:
    # https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
    condition     = length(join(" ", var.settings.reserved_usernames)) <= 2000
    error_message = "web_api.reserved_usernames must have at most 2000 characters, blanks between them included."
  }
}

variable "uploads" {
  description = "Limit of uploads through the page."
  type = object({
    # Maximum number of uploads that a profile may begin in 24 hours.
    per_day = optional(number, 50)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.uploads.per_day >= 1 && var.uploads.per_day <= 1000 && floor(var.uploads.per_day) == var.uploads.per_day
    error_message = "uploads.per_day must be a whole number from 1 to 1000."
  }
}

variable "sessions" {
  description = "Duration of the page's sessions, and version of their key."
  type = object({
    # Hours from sign-in to the end of a session, however much it is used.
    hours = optional(number, 12)
    # Hours without a request after which a session ends. At most hours.
    idle_hours = optional(number, 1)
    # Increment it to sign with a new key: sessions of the previous key stay valid, those of older keys end. To end
    # all sessions, as after a leak, increment it twice with an apply each. Functions see it within 5 minutes.
    key_version = optional(number, 1)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.sessions.hours >= 1 && var.sessions.hours <= 720 && floor(var.sessions.hours) == var.sessions.hours
    error_message = "sessions.hours must be a whole number from 1 to 720."
  }

  validation {
    condition     = var.sessions.idle_hours >= 1 && var.sessions.idle_hours <= var.sessions.hours && floor(var.sessions.idle_hours) == var.sessions.idle_hours
    error_message = "sessions.idle_hours must be a whole number from 1 to sessions.hours."
  }

  validation {
    condition     = var.sessions.key_version >= 1 && floor(var.sessions.key_version) == var.sessions.key_version
    error_message = "sessions.key_version must be a whole number above 0."
  }
}

variable "unactivated_user_expiration_days" {
  description = "Days from sign-up, or from the last resend, until a user who never activates is removed. null: never."
  type        = number
  default     = null

  validation {
    # The user must exist as long as the link is valid, which starts when the mail is sent. A throttling SES can
    # delay it by about 41 hours: 1,000 retries of 150 s on average (send_user_activation_mail.asl.json).
    condition     = try(var.unactivated_user_expiration_days * 24 >= var.settings.activation_link_hours + 48, var.unactivated_user_expiration_days == null)
    error_message = "unactivated_user_expiration_days must be at least web_api.activation_link_hours plus two days, for a mail that waits for SES. Otherwise the user could be removed while the link is valid."
  }
}
