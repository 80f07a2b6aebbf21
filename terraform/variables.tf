# --- where and under which names ---

variable "region" {
  description = "AWS region."
  type        = string
  default     = "eu-central-1"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]+$", var.region))
    error_message = "region must be the name of an AWS region, such as \"eu-central-1\"."
  }
}

variable "name_prefix" {
  description = "Start of every name. Two deployments in one account and region need different ones."
  type        = string
  default     = "onboarding"
  nullable    = false

  validation {
    # "<prefix>-profile-images-<account>" must be a bucket's name of at most 63 characters.
    condition     = can(regex("^[a-z][a-z0-9-]{0,29}[a-z0-9]$", var.name_prefix))
    error_message = "name_prefix must be 2 to 31 lower-case letters, digits and hyphens, with a letter first and no hyphen last."
  }
}

variable "tags" {
  description = "Tags of every resource."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "build_dir" {
  description = "Folder with the zips and the manifest.json that `make build` writes. A relative path starts at this folder."
  type        = string
  default     = "../build"
  nullable    = false
}

variable "aws_endpoint_url" {
  description = "Address of a server that takes the place of AWS, such as \"http://127.0.0.1:4566\". null: AWS."
  type        = string
  default     = null

  validation {
    condition     = var.aws_endpoint_url == null || can(regex("^https?://[^/]+$", var.aws_endpoint_url))
    error_message = "aws_endpoint_url must be null or an address without a path, such as \"http://127.0.0.1:4566\"."
  }
}

# --- what is deployed ---

variable "enable_user_activation" {
  description = "Whether to deploy the activation of new users by mail."
  type        = bool
  default     = true
  nullable    = false
}

variable "enable_profile_images" {
  description = "Whether to deploy the thumbnails of profile images."
  type        = bool
  default     = true
  nullable    = false
}

variable "enable_web_api" {
  description = "Whether to serve the page and its API. false: an application of your own writes the tables and the bucket."
  type        = bool
  default     = true
  nullable    = false

  validation {
    condition     = !var.enable_web_api || (var.enable_user_activation && var.enable_profile_images)
    error_message = "enable_web_api = true needs enable_user_activation = true and enable_profile_images = true: the page signs users up and takes their pictures. To leave one of them out, set enable_web_api = false as well."
  }
}

# --- activation mails ---

variable "from_address" {
  description = "Address that activation mails come from. Needed unless enable_user_activation is false."
  type        = string
  default     = null

  validation {
    condition     = var.from_address != null || !var.enable_user_activation
    error_message = "Set from_address, the address that activation mails come from, such as \"hello@example.com\"."
  }

  validation {
    condition     = var.from_address == null || can(regex("^[^@\\s<>]+@[A-Za-z0-9-]+(\\.[A-Za-z0-9-]+)+$", var.from_address))
    error_message = "from_address must be a mail address alone, such as \"hello@example.com\"."
  }
}

variable "product_name" {
  description = "Name of the product in subject and text of the mails."
  type        = string
  default     = "Digital Card Store"
  nullable    = false

  validation {
    condition     = can(regex("^[^\\x00-\\x1f\\x7f]*[^\\s\\x00-\\x1f\\x7f][^\\x00-\\x1f\\x7f]*$", var.product_name))
    error_message = "product_name must have a visible character, and no line break or other control character."
  }
}

variable "mail_language" {
  description = "Language of the mails: \"en\" or \"de\"."
  type        = string
  default     = "en"
  nullable    = false

  validation {
    condition     = contains(["en", "de"], var.mail_language)
    error_message = "mail_language must be \"en\" or \"de\"."
  }
}

variable "mail_texts" {
  description = "Texts of the mails that take the place of the language's own, by key: subject, preheader, greeting, greeting_without_name, welcome, button, copy_hint, ignore_note. Each may say $${product_name}, and the greeting $${name}; in Terraform the $ is written twice. lambdas/send_user_activation_mail/texts/ has the language's own."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = length(setsubtract(keys(var.mail_texts), ["subject", "preheader", "greeting", "greeting_without_name", "welcome", "button", "copy_hint", "ignore_note"])) == 0
    error_message = "mail_texts has a key that is none of subject, preheader, greeting, greeting_without_name, welcome, button, copy_hint, ignore_note."
  }

  validation {
    condition     = alltrue([for text in values(var.mail_texts) : can(regex("^[^\\x00-\\x1f\\x7f]*[^\\s\\x00-\\x1f\\x7f][^\\x00-\\x1f\\x7f]*$", text))])
    error_message = "Each of mail_texts must have a visible character, and no line break or other control character."
  }

  validation {
    # What is left without the known placeholders and "$$", which stands for a "$", has no "$".
    condition = alltrue([
      for key, text in var.mail_texts :
      !strcontains(replace(text, key == "greeting" ? "/\\$(\\$|\\{product_name\\}|\\{name\\})/" : "/\\$(\\$|\\{product_name\\})/", ""), "$")
    ])
    error_message = "Each of mail_texts may say $${product_name}, and the greeting $${name}; any other $ is written as $$."
  }
}

variable "create_ses_identity" {
  description = "Whether to register the sender with SES. false: it is registered (and verified) already."
  type        = bool
  default     = true
  nullable    = false
}

variable "ses_identity_kind" {
  description = "What is registered with SES as the sender: \"address\" (verified by a click in a mail, enough to try it out) or \"domain\" (of from_address, verified by DNS records, signs with DKIM; for production)."
  type        = string
  default     = "address"
  nullable    = false

  validation {
    condition     = contains(["address", "domain"], var.ses_identity_kind)
    error_message = "ses_identity_kind must be \"address\" or \"domain\"."
  }
}

variable "create_ses_configuration_set" {
  description = "Whether to create an SES configuration set (delivery by TLS only, reputation metrics, suppression) and send with it. false also leaves out what records bounces and complaints on users: SES tells of them by way of a configuration set."
  type        = bool
  default     = true
  nullable    = false
}

variable "mail_from_subdomain" {
  description = "Subdomain of from_address's domain that bounces go to, such as \"mail\", so that SPF speaks for a domain of yours. Set the records of the output ses_mail_from_records with it. null: SES's own domain. Only where ses_identity_kind is \"domain\" and create_ses_identity is true."
  type        = string
  default     = null

  validation {
    condition     = var.mail_from_subdomain == null || can(regex("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$", var.mail_from_subdomain))
    error_message = "mail_from_subdomain must be the lower-case name of a subdomain without the domain itself, such as \"mail\", or null."
  }

  validation {
    condition     = var.mail_from_subdomain == null || (var.ses_identity_kind == "domain" && var.create_ses_identity)
    error_message = "mail_from_subdomain needs a domain that is registered here: ses_identity_kind = \"domain\" and create_ses_identity = true."
  }
}

variable "mail_rate_per_second" {
  description = "Mails that may be sent a second, at most: your account's rate (`aws sesv2 get-account`, SendQuota.MaxSendRate; 1 in the SES sandbox), or the share of it that is for activation mails. What exceeds it waits. It reserves as many concurrent executions of the account for the mail function, and Lambda wants 100 to stay unreserved: a new account may have to raise its quota first. null: SES alone holds to the rate, by refusing what exceeds it, and that waits too."
  type        = number
  default     = null

  validation {
    condition     = try(var.mail_rate_per_second >= 1 && floor(var.mail_rate_per_second) == var.mail_rate_per_second, var.mail_rate_per_second == null)
    error_message = "mail_rate_per_second must be a whole number above 0, or null."
  }
}

variable "ses_sandbox_recipients" {
  description = "Addresses or domains registered in this account's SES that mails go to while the account is in the SES sandbox. There SES asks for the right to use the recipient's identity too. Empty outside the sandbox."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for recipient in var.ses_sandbox_recipients : can(regex("^([^@\\s*/]+@)?[A-Za-z0-9-]+(\\.[A-Za-z0-9-]+)+$", recipient))])
    error_message = "ses_sandbox_recipients must be mail addresses or domains."
  }
}

variable "state_machine_type" {
  description = "\"STANDARD\": one execution for each new user, with its history, and retries that outlast a busy SES. \"EXPRESS\": about a seventieth of the price, but a record delivered twice starts two executions (the claim still keeps it to one mail), everything must end within 5 minutes, so less is retried, and only failures are logged. docs/adr/0011-standard-or-express.md has both in full; a change replaces the state machine."
  type        = string
  default     = "STANDARD"
  nullable    = false

  validation {
    condition     = contains(["STANDARD", "EXPRESS"], var.state_machine_type)
    error_message = "state_machine_type must be \"STANDARD\" or \"EXPRESS\"."
  }
}

variable "user_stream" {
  description = "How the stream of the table User is read: records handed over at once, seconds to wait for a batch to fill, batches of one shard under way at once."
  type = object({
    batch_size                         = optional(number, 10)
    maximum_batching_window_in_seconds = optional(number, 0)
    parallelization_factor             = optional(number, 1)
  })
  default  = {}
  nullable = false
}

# --- profile images ---

variable "thumbnail_engine" {
  description = "What makes the thumbnails: \"pillow\" (in the function itself) or \"tinypng\" (the web service; needs tinypng_api_key)."
  type        = string
  default     = "pillow"
  nullable    = false

  validation {
    condition     = contains(["pillow", "tinypng"], var.thumbnail_engine)
    error_message = "thumbnail_engine must be \"pillow\" or \"tinypng\"."
  }
}

variable "thumbnail_fit" {
  description = "How a picture comes to 150 x 150: \"fit\" (all of it, no enlarging) or \"cover\" (fills the square, the rest cut off)."
  type        = string
  default     = "fit"
  nullable    = false

  validation {
    condition     = contains(["fit", "cover"], var.thumbnail_fit)
    error_message = "thumbnail_fit must be \"fit\" or \"cover\"."
  }
}

variable "thumbnail_memory_size" {
  description = "Memory of create_thumbnail in MiB. Half of it is what decoding one picture may hold."
  type        = number
  default     = 1024
  nullable    = false

  validation {
    condition     = var.thumbnail_memory_size >= 256 && var.thumbnail_memory_size <= 10240 && floor(var.thumbnail_memory_size) == var.thumbnail_memory_size
    error_message = "thumbnail_memory_size must be a whole number of MiB from 256 to 10240."
  }
}

variable "max_image_bytes" {
  description = "Size of the largest upload that gets a thumbnail, in bytes."
  type        = number
  default     = 67108864 # 64 MiB: a phone's photograph of 200 megapixels has 30 to 60 MB
  nullable    = false

  validation {
    condition     = var.max_image_bytes >= 1 && floor(var.max_image_bytes) == var.max_image_bytes
    error_message = "max_image_bytes must be a whole number of bytes above 0."
  }

  validation {
    # Beside the upload, half of the memory is for decoding and some 100 MiB are Python and its packages.
    condition     = var.max_image_bytes <= (var.thumbnail_memory_size / 2 - 100) * 1024 * 1024
    error_message = "max_image_bytes is more than fits into the memory: it must be at most (thumbnail_memory_size / 2 - 100) MiB."
  }
}

variable "tinypng_api_key" {
  description = "Key of the TinyPNG web service; goes to SSM Parameter Store and into no state or plan. Best given as TF_VAR_tinypng_api_key."
  type        = string
  default     = null
  ephemeral   = true
  sensitive   = true

  validation {
    condition     = var.thumbnail_engine != "tinypng" || try(length(trimspace(var.tinypng_api_key)) > 0, false)
    error_message = "thumbnail_engine = \"tinypng\" needs tinypng_api_key: set TF_VAR_tinypng_api_key."
  }
}

variable "tinypng_api_key_version" {
  description = "Raise it by one to have a changed tinypng_api_key stored: Terraform never reads the key back, so it can't see the change."
  type        = number
  default     = 1
  nullable    = false

  validation {
    condition     = var.tinypng_api_key_version >= 1 && floor(var.tinypng_api_key_version) == var.tinypng_api_key_version
    error_message = "tinypng_api_key_version must be a whole number above 0."
  }
}

variable "tinypng_base_url" {
  description = "Address of the TinyPNG web service, without a path."
  type        = string
  default     = "https://api.tinify.com"
  nullable    = false

  validation {
    # What create_thumbnail takes: it sends the key there, so plain http only to the machine itself.
    condition = (
      can(regex("^(https://([A-Za-z0-9.-]+|\\[::1\\])|http://(127\\.0\\.0\\.1|localhost|\\[::1\\]))(:[0-9]{1,5})?/?$", var.tinypng_base_url))
      && try(tonumber(regex(":([0-9]+)/?$", var.tinypng_base_url)[0]) <= 65535, true)
    )
    error_message = "tinypng_base_url must be of the form https://host or https://host:port, without a path. Plain http is only for the machine itself."
  }
}

variable "user_profile_stream" {
  description = "How the stream of the table user-profile is read: records handed over at once, seconds to wait for a batch to fill, batches of one shard under way at once."
  type = object({
    # A batch must be done within the function's 60 seconds: 12 for a picture. The slowest that was
    # measured takes some 3: docs/cost-and-limits.md
    batch_size                         = optional(number, 5)
    maximum_batching_window_in_seconds = optional(number, 0)
    parallelization_factor             = optional(number, 2)
  })
  default  = {}
  nullable = false
}

variable "abort_incomplete_multipart_upload_days" {
  description = "Days after which the parts of an upload that was never finished are removed. null: never."
  type        = number
  default     = 7

  validation {
    condition     = try(var.abort_incomplete_multipart_upload_days >= 1, var.abort_incomplete_multipart_upload_days == null)
    error_message = "abort_incomplete_multipart_upload_days must be 1 or more, or null."
  }
}

variable "noncurrent_version_expiration_days" {
  description = "Days after which a replaced or deleted picture (or zip, in the artifacts bucket) is removed for good. null: never."
  type        = number
  default     = 30

  validation {
    condition     = try(var.noncurrent_version_expiration_days >= 1, var.noncurrent_version_expiration_days == null)
    error_message = "noncurrent_version_expiration_days must be 1 or more, or null."
  }
}

# --- the page and its API ---

variable "web_api_domain" {
  description = "A domain name for the page, beside the address that API Gateway gives: its name, the ARN of its certificate in ACM (of this region), and the hosted zone in Route 53 that its record is made in (without it, point a CNAME at the output web_api_domain_target). null: none."
  type = object({
    name            = string
    certificate_arn = string
    hosted_zone_id  = optional(string)
  })
  default = null

  validation {
    condition     = var.web_api_domain == null || can(regex("^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$", var.web_api_domain.name))
    error_message = "name of web_api_domain must be a host name in lower case, such as \"accounts.example.com\"."
  }

  validation {
    condition     = var.web_api_domain == null || can(regex("^arn:[a-z0-9-]+:acm:${var.region}:[0-9]{12}:certificate/[A-Za-z0-9-]+$", var.web_api_domain.certificate_arn))
    error_message = "certificate_arn of web_api_domain must be the ARN of a certificate in ACM, in the region of the API."
  }

  validation {
    condition     = try(var.web_api_domain.hosted_zone_id, null) == null || can(regex("^Z[A-Z0-9]{1,31}$", var.web_api_domain.hosted_zone_id))
    error_message = "hosted_zone_id of web_api_domain must be the id of a hosted zone, such as \"Z0123456789ABCDEFGHIJ\", or null."
  }
}

variable "web_api_throttling" {
  description = "Requests a second (rate) and at once (burst) that the API takes of all clients together: in general, for signing up, signing in and sending the activation mail again. The rest is answered 429. One client's sign-ins are counted by the function on top."
  type = object({
    default = optional(object({ rate = number, burst = number }), { rate = 200, burst = 400 })
    sign_up = optional(object({ rate = number, burst = number }), { rate = 20, burst = 200 })
    sign_in = optional(object({ rate = number, burst = number }), { rate = 50, burst = 200 })
    resend  = optional(object({ rate = number, burst = number }), { rate = 5, burst = 20 })
  })
  default  = {}
  nullable = false

  validation {
    # 0 would let nothing pass.
    condition     = alltrue([for limit in values(var.web_api_throttling) : limit.rate > 0 && limit.burst >= 1 && floor(limit.burst) == limit.burst])
    error_message = "web_api_throttling must have rates above 0 and bursts that are whole numbers above 0."
  }
}

variable "session_hours" {
  description = "Hours that a session lasts, from sign-in."
  type        = number
  default     = 12
  nullable    = false

  validation {
    condition     = var.session_hours >= 1 && var.session_hours <= 720 && floor(var.session_hours) == var.session_hours
    error_message = "session_hours must be a whole number from 1 to 720."
  }
}

variable "session_key_version" {
  description = "Raise it by one to have a new key made that signs sessions. Sessions signed with the key before it stay valid for their time, those of older keys end: so a routine rotation signs nobody out, as long as session_hours lie between two of them. Raise it twice, with an apply each, to end every session, as after a leak. Functions that run see the change within 5 minutes. Terraform never reads the key back."
  type        = number
  default     = 1
  nullable    = false

  validation {
    condition     = var.session_key_version >= 1 && floor(var.session_key_version) == var.session_key_version
    error_message = "session_key_version must be a whole number above 0."
  }
}

variable "activation_link_hours" {
  description = "Hours that the link in an activation mail works."
  type        = number
  default     = 24
  nullable    = false

  validation {
    condition     = var.activation_link_hours >= 1 && var.activation_link_hours <= 720 && floor(var.activation_link_hours) == var.activation_link_hours
    error_message = "activation_link_hours must be a whole number from 1 to 720."
  }
}

variable "unactivated_user_expiration_days" {
  description = "Days after sign-up, or after the last mail that was asked for or put back by make redrive, at which a user who never activates is removed, and the username is free again. An application of your own must remove the attribute expiresAt as it sets activationStatus to DONE. null: never."
  type        = number
  default     = null

  validation {
    condition     = try(var.unactivated_user_expiration_days >= 1 && var.unactivated_user_expiration_days <= 3650 && floor(var.unactivated_user_expiration_days) == var.unactivated_user_expiration_days, var.unactivated_user_expiration_days == null)
    error_message = "unactivated_user_expiration_days must be a whole number from 1 to 3650, or null."
  }

  validation {
    # What was mailed must work for its time, and that starts with the mail: it can wait for some 41
    # hours, 1,000 retries of 150 s on average, where SES takes no more (send_user_activation_mail.asl.json).
    condition     = try(var.unactivated_user_expiration_days * 24 >= var.activation_link_hours + 48, var.unactivated_user_expiration_days == null)
    error_message = "unactivated_user_expiration_days must be activation_link_hours and two days more, for a mail that waits for SES: or the user could be gone before the link in the mail ends."
  }
}

variable "max_upload_bytes" {
  description = "Size of the largest picture that the page takes, in bytes."
  type        = number
  default     = 10485760 # 10 MiB
  nullable    = false

  validation {
    condition     = var.max_upload_bytes >= 1 && floor(var.max_upload_bytes) == var.max_upload_bytes
    error_message = "max_upload_bytes must be a whole number of bytes above 0."
  }

  validation {
    # What is taken must get a thumbnail.
    condition     = !var.enable_web_api || var.max_upload_bytes <= var.max_image_bytes
    error_message = "max_upload_bytes must be at most max_image_bytes: a larger upload would get no thumbnail."
  }
}

variable "resend_cool_down_seconds" {
  description = "Seconds after a sign-up, or after the last request for it, until a user may ask for the activation mail again."
  type        = number
  default     = 60
  nullable    = false

  validation {
    condition     = var.resend_cool_down_seconds >= 1 && var.resend_cool_down_seconds <= 86400 && floor(var.resend_cool_down_seconds) == var.resend_cool_down_seconds
    error_message = "resend_cool_down_seconds must be a whole number from 1 to 86400."
  }
}

variable "resend_limit" {
  description = "Times that a user may ask for the activation mail again, until a day has passed without a request."
  type        = number
  default     = 5
  nullable    = false

  validation {
    condition     = var.resend_limit >= 1 && var.resend_limit <= 100 && floor(var.resend_limit) == var.resend_limit
    error_message = "resend_limit must be a whole number from 1 to 100."
  }
}

variable "page_language" {
  description = "Language of the page: \"en\" or \"de\"."
  type        = string
  default     = "en"
  nullable    = false

  validation {
    condition     = contains(["en", "de"], var.page_language)
    error_message = "page_language must be \"en\" or \"de\"."
  }
}

# --- operation ---

variable "log_level" {
  description = "Least level that the functions log."
  type        = string
  default     = "INFO"
  nullable    = false

  validation {
    condition     = contains(["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"], var.log_level)
    error_message = "log_level must be DEBUG, INFO, WARNING, ERROR or CRITICAL."
  }
}

variable "log_retention_days" {
  description = "Days that logs are kept."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "log_retention_days must be one of the numbers that CloudWatch Logs knows: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653."
  }
}

variable "enable_alarms" {
  description = "Whether to create alarms, the topic that they are sent to, and a dashboard: see docs/operations.md, and docs/cost-and-limits.md for what they cost."
  type        = bool
  default     = true
  nullable    = false
}

variable "alarm_addresses" {
  description = "Mail addresses that alarms are sent to. SNS sends each a mail with a link that must be clicked first."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for address in var.alarm_addresses : can(regex("^[^@\\s<>]+@[A-Za-z0-9-]+(\\.[A-Za-z0-9-]+)+$", address))])
    error_message = "alarm_addresses must be mail addresses, such as \"operators@example.com\"."
  }
}

variable "alarm_thresholds" {
  description = "From where on it is an alarm. function_errors: failed calls of a function in 5 minutes, in two of three. duration_percent: of a function's time-out. waiting_seconds: how long a record, an event or a message of a work queue may wait. failure_age_seconds: how long a failure queue may hold messages without a break, in whole periods of 300 seconds. http_5xx: answers of the web API in 5 minutes. bounce_rate, complaint_rate: shares of the account's mails; half of what AWS reviews an account for."
  type = object({
    function_errors     = optional(number, 1)
    duration_percent    = optional(number, 80)
    waiting_seconds     = optional(number, 900)
    failure_age_seconds = optional(number, 14400)
    http_5xx            = optional(number, 3)
    bounce_rate         = optional(number, 0.025)
    complaint_rate      = optional(number, 0.0005)
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for count in [var.alarm_thresholds.function_errors, var.alarm_thresholds.http_5xx] : count >= 1 && floor(count) == count])
    error_message = "function_errors and http_5xx of alarm_thresholds must be whole numbers above 0."
  }

  validation {
    condition     = var.alarm_thresholds.duration_percent > 0 && var.alarm_thresholds.duration_percent < 100
    error_message = "duration_percent of alarm_thresholds must be above 0 and under 100: a call that reaches 100 is ended."
  }

  validation {
    # A stream gives its records up after 12 hours (maximum_record_age_in_seconds).
    condition     = var.alarm_thresholds.waiting_seconds >= 60 && var.alarm_thresholds.waiting_seconds < 43200
    error_message = "waiting_seconds of alarm_thresholds must be at least 60 and under 43200: older records are given up."
  }

  validation {
    # The alarm counts periods of 300 seconds. CloudWatch would look back for a day (86400), but SQS reports
    # on a queue for six hours after it was last used, and may begin a quarter of an hour late: more
    # periods than fit into that would never be seen.
    condition     = var.alarm_thresholds.failure_age_seconds >= 300 && var.alarm_thresholds.failure_age_seconds <= 18000 && var.alarm_thresholds.failure_age_seconds % 300 == 0
    error_message = "failure_age_seconds of alarm_thresholds must be a multiple of 300, from 300 to 18000: the alarm counts periods of 300 seconds, and SQS reports for six hours only on a queue that nobody uses."
  }

  validation {
    condition     = alltrue([for rate in [var.alarm_thresholds.bounce_rate, var.alarm_thresholds.complaint_rate] : rate > 0 && rate < 1])
    error_message = "bounce_rate and complaint_rate of alarm_thresholds must be shares, above 0 and under 1: 0.025 is 2.5%."
  }
}

variable "enable_tracing" {
  description = "Whether functions and state machine send traces to X-Ray."
  type        = bool
  default     = false
  nullable    = false
}

variable "kms_key_arn" {
  description = "ARN of a KMS key of your own, in this region, that encrypts tables, buckets, queues, the alarms' topic, logs and parameters. What its policy must allow is in docs/encryption.md. null: keys of AWS's."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key_arn == null || can(regex("^arn:aws[a-z-]*:kms:${var.region}:[0-9]{12}:key/[A-Za-z0-9-]+$", var.kms_key_arn))
    error_message = "kms_key_arn must be the ARN of a key in var.region, such as \"arn:aws:kms:eu-central-1:123456789012:key/...\": no alias."
  }
}

variable "force_destroy" {
  description = "Whether `terraform destroy` may remove tables and pictures with all they hold. true switches off the tables' deletion protection."
  type        = bool
  default     = false
  nullable    = false
}
