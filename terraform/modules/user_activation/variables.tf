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
    condition = length(setsubtract(
      ["user_table_trigger", "get_user_activation_status", "send_user_activation_mail"],
      keys(var.packages.function_packages),
    )) == 0
    error_message = "manifest.json lacks one of user_table_trigger, get_user_activation_status, send_user_activation_mail: run `make build` again."
  }
}

variable "from_address" {
  description = "Sender address of the mails."
  type        = string
  nullable    = false

  validation {
    # SES takes only ASCII before the @, and Punycode behind it:
    # https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html (FromEmailAddress)
    # Dots and lengths: RFC 5321, sections 4.1.2 and 4.5.3.1. Not * ? $ { } / and the like, which RFC 5321 takes: the address
    # is part of an ARN in a policy, where they mean something else.
    condition = (
      length(var.from_address) <= 254 && length(split("@", var.from_address)[0]) <= 64
      && can(regex("^[A-Za-z0-9!#%&'+=^_~-]+(\\.[A-Za-z0-9!#%&'+=^_~-]+)*@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\\.)+[A-Za-z][A-Za-z0-9-]{0,61}[A-Za-z0-9]$", var.from_address))
    )
    error_message = "from_address must be an address that SES takes, such as \"hello@example.com\": ASCII letters, digits and !#%&'+=^_~.- before the @ (at most 64, and no dot at the start, at the end or beside another), then a domain (in Punycode, if it has other letters)."
  }
}

variable "product_name" {
  description = "Name of the product in the mails."
  type        = string
  default     = "Digital Card Store"
  nullable    = false

  validation {
    condition     = can(regex("^[^\\x00-\\x1f\\x7f]*[^\\s\\x00-\\x1f\\x7f][^\\x00-\\x1f\\x7f]*$", var.product_name))
    error_message = "product_name must contain a visible character and no line break or other control character."
  }

  validation {
    # It is an environment variable; base64 makes 4 characters of 3 bytes.
    condition     = length(base64encode(var.product_name)) / 4 * 3 <= 240
    error_message = "product_name must have at most 240 bytes in UTF-8: Lambda takes 4,096 bytes of environment variables in all."
  }
}

variable "mail" {
  description = "Texts, sender, rate and state machine of the activation mails."
  type = object({
    # Language of the mails: "en" or "de".
    language = optional(string, "en")
    # Texts that replace those of the language, by key (lambdas/send_user_activation_mail/texts/). Placeholders:
    # ${product_name}, and ${name} in the greeting. Terraform needs the dollar sign twice.
    texts = optional(map(string), {})
    # "STANDARD": keeps each execution's history and retries long enough for a throttling SES. "EXPRESS": costs a
    # seventieth and retries less (docs/adr/0011-standard-or-express.md). A change replaces the state machine.
    state_machine_type = optional(string, "STANDARD")
    # Maximum mails a second, at most your account's SendQuota.MaxSendRate; further mails wait. Reserves this much
    # concurrency for the mail function; 100 of the account must stay unreserved. null: SES throttles mails above its
    # rate, and these wait too.
    rate_per_second = optional(number)
    # Recipients in the SES sandbox: addresses or domains that are registered in SES.
    sandbox_recipients = optional(set(string), [])
    # Whether to register the sender in SES. false: it is registered already, for example by another deployment; SES
    # refuses a second registration in an account and region (AlreadyExistsException), which no plan can foresee.
    create_identity = optional(bool, true)
    # What to register: the "address" (verified by a link in a mail) or its "domain" (verified by DNS records, signs
    # with DKIM; for production).
    identity_kind = optional(string, "address")
    # Whether to create an SES configuration set: TLS only, reputation metrics, suppression list. Without it SES
    # publishes no bounces and complaints.
    create_configuration_set = optional(bool, true)
    # Subdomain that receives bounces, such as "mail"; needs a domain that is registered here. Create the DNS records
    # of the output ses_mail_from_records. null: a domain of SES.
    from_subdomain = optional(string)
  })
  default  = {}
  nullable = false

  validation {
    condition     = contains(["en", "de"], var.mail.language)
    error_message = "mail.language must be \"en\" or \"de\"."
  }

  validation {
    condition     = length(setsubtract(keys(var.mail.texts), ["subject", "preheader", "greeting", "greeting_without_name", "welcome", "button", "copy_hint", "ignore_note", "account", "account_without_username"])) == 0
    error_message = "mail.texts has an unknown key. Known keys: subject, preheader, greeting, greeting_without_name, welcome, button, copy_hint, ignore_note, account, account_without_username."
  }

  validation {
    condition     = alltrue([for text in values(var.mail.texts) : can(regex("^[^\\x00-\\x1f\\x7f]*[^\\s\\x00-\\x1f\\x7f][^\\x00-\\x1f\\x7f]*$", text))])
    error_message = "Each of mail.texts must contain a visible character and no line break or other control character."
  }

  validation {
    # Lambda takes 4,096 bytes of environment variables, and the other ones of the function have at most 1,200. base64
    # makes 4 characters of 3 bytes.
    condition     = length(base64encode(jsonencode(jsonencode(var.mail.texts)))) / 4 * 3 <= 2700
    error_message = "mail.texts are too long: as JSON they have ${length(base64encode(jsonencode(jsonencode(var.mail.texts)))) / 4 * 3} bytes, and may have 2,700. They are an environment variable of the function, and Lambda takes 4,096 bytes of these in all."
  }

  validation {
    # Remove the known placeholders and "$$", which stands for "$": no "$" may remain.
    condition = alltrue([
      for key, text in var.mail.texts :
      !strcontains(replace(text, key == "greeting" ? "/\\$(\\$|\\{product_name\\}|\\{name\\})/" : "/\\$(\\$|\\{product_name\\})/", ""), "$")
    ])
    error_message = "Placeholders in mail.texts: $${product_name}, and $${name} in the greeting. Write $$ for any other $."
  }

  validation {
    condition     = contains(["STANDARD", "EXPRESS"], var.mail.state_machine_type)
    error_message = "mail.state_machine_type must be \"STANDARD\" or \"EXPRESS\"."
  }

  validation {
    condition     = try(var.mail.rate_per_second >= 1 && floor(var.mail.rate_per_second) == var.mail.rate_per_second, var.mail.rate_per_second == null)
    error_message = "mail.rate_per_second must be a whole number above 0, or null."
  }

  validation {
    condition     = alltrue([for recipient in var.mail.sandbox_recipients : length(recipient) <= 254 && !can(regex("^[^@]{65,}@", recipient)) && can(regex("^([A-Za-z0-9!#%&'+=^_~-]+(\\.[A-Za-z0-9!#%&'+=^_~-]+)*@)?([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\\.)+[A-Za-z][A-Za-z0-9-]{0,61}[A-Za-z0-9]$", recipient))])
    error_message = "mail.sandbox_recipients must be mail addresses or domains, as for from_address."
  }

  validation {
    condition     = contains(["address", "domain"], var.mail.identity_kind)
    error_message = "mail.identity_kind must be \"address\" or \"domain\"."
  }

  validation {
    condition     = var.mail.from_subdomain == null || can(regex("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$", var.mail.from_subdomain))
    error_message = "mail.from_subdomain must be a lower-case subdomain without its domain, such as \"mail\", or null."
  }

  validation {
    condition     = var.mail.from_subdomain == null || (var.mail.identity_kind == "domain" && var.mail.create_identity)
    error_message = "mail.from_subdomain needs a domain that is registered here: set identity_kind = \"domain\" and create_identity = true."
  }
}

variable "unactivated_user_expiration_days" {
  description = "Days until a user who never activates is removed. Enables the table's TTL on expiresAt, which the writer of the item sets. null: never."
  type        = number
  default     = null

  validation {
    condition     = try(var.unactivated_user_expiration_days >= 1 && var.unactivated_user_expiration_days <= 3650 && floor(var.unactivated_user_expiration_days) == var.unactivated_user_expiration_days, var.unactivated_user_expiration_days == null)
    error_message = "unactivated_user_expiration_days must be a whole number from 1 to 3650, or null."
  }
}

variable "stream" {
  description = "How Lambda reads the table's stream."
  type = object({
    # Maximum number of records in a batch.
    batch_size = optional(number, 10)
    # Maximum seconds to wait for a batch to fill.
    maximum_batching_window_in_seconds = optional(number, 0)
    # Concurrent batches of one shard.
    parallelization_factor = optional(number, 1)
  })
  default  = {}
  nullable = false
}

variable "deletion_protection_enabled" {
  description = "Whether the table has deletion protection."
  type        = bool
  default     = true
  nullable    = false
}
