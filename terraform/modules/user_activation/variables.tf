variable "context" {
  description = "What all modules share: pass the module context."
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
  description = "What `make build` made: pass the module packages."
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
    condition = length(setsubtract(
      ["user_table_trigger", "get_user_activation_status", "send_user_activation_mail"],
      keys(var.packages.function_packages),
    )) == 0
    error_message = "manifest.json lacks one of user_table_trigger, get_user_activation_status, send_user_activation_mail: run `make build` again."
  }
}

variable "from_address" {
  description = "Address that the mails come from."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[^@\\s<>]+@[A-Za-z0-9-]+(\\.[A-Za-z0-9-]+)+$", var.from_address))
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

variable "mail" {
  description = "The mails. language: \"en\" or \"de\". texts: replace the language's own, by key (lambdas/send_user_activation_mail/texts/); each may say $${product_name}, and the greeting $${name}; in Terraform the $ is written twice. state_machine_type: \"STANDARD\" (one execution for each new user, with its history; retries outlast a busy SES) or \"EXPRESS\" (a seventieth of the price, less retried: docs/adr/0011-standard-or-express.md); a change replaces the state machine. rate_per_second: most mails a second, at most your account's SendQuota.MaxSendRate; it reserves as many concurrent executions; null leaves the limit to SES. sandbox_recipients: addresses or domains registered in SES that mails go to while the account is in the SES sandbox. create_identity: register the sender with SES; false where it is registered already. identity_kind: register the \"address\" (verified by a click in a mail) or its \"domain\" (verified by DNS records, signs with DKIM; for production). create_configuration_set: send with an SES configuration set (delivery by TLS only, reputation metrics, suppression); without it SES publishes no bounces and complaints. from_subdomain: subdomain that bounces go to, such as \"mail\", for a domain that is registered here; null: a domain of SES's."
  type = object({
    language                 = optional(string, "en")
    texts                    = optional(map(string), {})
    state_machine_type       = optional(string, "STANDARD")
    rate_per_second          = optional(number)
    sandbox_recipients       = optional(set(string), [])
    create_identity          = optional(bool, true)
    identity_kind            = optional(string, "address")
    create_configuration_set = optional(bool, true)
    from_subdomain           = optional(string)
  })
  default  = {}
  nullable = false

  validation {
    condition     = contains(["en", "de"], var.mail.language)
    error_message = "language of mail must be \"en\" or \"de\"."
  }

  validation {
    condition     = length(setsubtract(keys(var.mail.texts), ["subject", "preheader", "greeting", "greeting_without_name", "welcome", "button", "copy_hint", "ignore_note"])) == 0
    error_message = "texts of mail has an unknown key: known are subject, preheader, greeting, greeting_without_name, welcome, button, copy_hint, ignore_note."
  }

  validation {
    condition     = alltrue([for text in values(var.mail.texts) : can(regex("^[^\\x00-\\x1f\\x7f]*[^\\s\\x00-\\x1f\\x7f][^\\x00-\\x1f\\x7f]*$", text))])
    error_message = "Each of mail's texts must have a visible character, and no line break or other control character."
  }

  validation {
    # What is left without the known placeholders and "$$", which stands for a "$", has no "$".
    condition = alltrue([
      for key, text in var.mail.texts :
      !strcontains(replace(text, key == "greeting" ? "/\\$(\\$|\\{product_name\\}|\\{name\\})/" : "/\\$(\\$|\\{product_name\\})/", ""), "$")
    ])
    error_message = "Each of mail's texts may say $${product_name}, and the greeting $${name}; any other $ is written as $$."
  }

  validation {
    condition     = contains(["STANDARD", "EXPRESS"], var.mail.state_machine_type)
    error_message = "state_machine_type of mail must be \"STANDARD\" or \"EXPRESS\"."
  }

  validation {
    condition     = try(var.mail.rate_per_second >= 1 && floor(var.mail.rate_per_second) == var.mail.rate_per_second, var.mail.rate_per_second == null)
    error_message = "rate_per_second of mail must be a whole number above 0, or null."
  }

  validation {
    condition     = alltrue([for recipient in var.mail.sandbox_recipients : can(regex("^([^@\\s*/]+@)?[A-Za-z0-9-]+(\\.[A-Za-z0-9-]+)+$", recipient))])
    error_message = "sandbox_recipients of mail must be mail addresses or domains."
  }

  validation {
    condition     = contains(["address", "domain"], var.mail.identity_kind)
    error_message = "identity_kind of mail must be \"address\" or \"domain\"."
  }

  validation {
    condition     = var.mail.from_subdomain == null || can(regex("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$", var.mail.from_subdomain))
    error_message = "from_subdomain of mail must be the lower-case name of a subdomain without the domain itself, such as \"mail\", or null."
  }

  validation {
    condition     = var.mail.from_subdomain == null || (var.mail.identity_kind == "domain" && var.mail.create_identity)
    error_message = "from_subdomain of mail needs a domain that is registered here: identity_kind = \"domain\" and create_identity = true."
  }
}

variable "unactivated_user_expiration_days" {
  description = "Days after which a user who never activates is removed: turns on the table's TTL, by the attribute expiresAt that the writer of the item sets. null: never."
  type        = number
  default     = null

  validation {
    condition     = try(var.unactivated_user_expiration_days >= 1 && var.unactivated_user_expiration_days <= 3650 && floor(var.unactivated_user_expiration_days) == var.unactivated_user_expiration_days, var.unactivated_user_expiration_days == null)
    error_message = "unactivated_user_expiration_days must be a whole number from 1 to 3650, or null."
  }
}

variable "stream" {
  description = "How the table's stream is read: records passed to the function at once, seconds to wait for a batch to fill, concurrent batches of one shard."
  type = object({
    batch_size                         = optional(number, 10)
    maximum_batching_window_in_seconds = optional(number, 0)
    parallelization_factor             = optional(number, 1)
  })
  default  = {}
  nullable = false
}

variable "deletion_protection_enabled" {
  description = "Whether the table refuses to be deleted."
  type        = bool
  default     = true
  nullable    = false
}
