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
  description = "The activation mails, and how they are sent."
  type = object({
    # "en" or "de".
    language = optional(string, "en")
    # Replace the language's own texts, by key: lambdas/send_user_activation_mail/texts/. Each may say ${product_name},
    # and the greeting ${name}; in Terraform the $ is written twice.
    texts = optional(map(string), {})
    # "STANDARD": one execution for each new user, with its history, and retries that outlast a busy SES. "EXPRESS": a
    # seventieth of the price, and less is retried (docs/adr/0011-standard-or-express.md). A change replaces it.
    state_machine_type = optional(string, "STANDARD")
    # Most mails a second, at most your account's SendQuota.MaxSendRate; what exceeds it waits. It reserves as many
    # concurrent executions for the mail function, and Lambda keeps 100 unreserved. null: SES refuses what exceeds
    # its rate, and that waits too.
    rate_per_second = optional(number)
    # Addresses or domains registered in SES that mails go to while the account is in the SES sandbox.
    sandbox_recipients = optional(set(string), [])
    # Whether to register the sender with SES. false: it is registered already, as by another deployment.
    create_identity = optional(bool, true)
    # What is registered: the "address" (verified by a click in a mail) or its "domain" (verified by DNS records, signs
    # with DKIM; for production).
    identity_kind = optional(string, "address")
    # Whether to send with an SES configuration set: delivery by TLS only, reputation metrics, suppression. Without it
    # SES publishes no bounces and complaints.
    create_configuration_set = optional(bool, true)
    # Subdomain that bounces go to, such as "mail", with a domain that is registered here. Set the records of the output
    # ses_mail_from_records with it. null: a domain of SES's.
    from_subdomain = optional(string)
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
  description = "How the table's stream is read."
  type = object({
    # Most records passed to the function at once.
    batch_size = optional(number, 10)
    # Seconds to wait for a batch to fill.
    maximum_batching_window_in_seconds = optional(number, 0)
    # Concurrent batches of one shard.
    parallelization_factor = optional(number, 1)
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
