variable "name_prefix" {
  description = "Start of every name."
  type        = string
  nullable    = false
}

variable "artifacts_bucket" {
  description = "Bucket that Lambda fetches the zips from."
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
    condition = length(setsubtract(
      ["user_table_trigger", "get_user_activation_status", "send_user_activation_mail"],
      keys(var.packages),
    )) == 0
    error_message = "manifest.json lacks one of user_table_trigger, get_user_activation_status, send_user_activation_mail: run `make build` again."
  }
}

variable "from_address" {
  description = "Address that the mails come from."
  type        = string
  nullable    = false
}

variable "product_name" {
  description = "Name of the product in subject and text of the mails."
  type        = string
  nullable    = false
}

variable "mail_language" {
  description = "Language of the mails: see the variable of the same name in the root module."
  type        = string
  default     = "en"
  nullable    = false

  validation {
    condition     = contains(["en", "de"], var.mail_language)
    error_message = "mail_language must be \"en\" or \"de\"."
  }
}

variable "mail_texts" {
  description = "Texts of the mails that take the place of the language's own, by key: see the variable of the same name in the root module."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "create_ses_identity" {
  description = "Whether to register the sender with SES."
  type        = bool
  nullable    = false
}

variable "ses_identity_kind" {
  description = "What is, or is to be, registered with SES: the \"address\" that mails come from, or its \"domain\"."
  type        = string
  nullable    = false

  validation {
    condition     = contains(["address", "domain"], var.ses_identity_kind)
    error_message = "ses_identity_kind must be \"address\" or \"domain\"."
  }
}

variable "create_ses_configuration_set" {
  description = "Whether to create an SES configuration set and send with it."
  type        = bool
  nullable    = false
}

variable "mail_from_subdomain" {
  description = "Subdomain that bounces go to: see the variable of the same name in the root module."
  type        = string
  default     = null
}

variable "mail_rate_per_second" {
  description = "Mails a second, at most: see the variable of the same name in the root module."
  type        = number
  default     = null
}

variable "ses_sandbox_recipients" {
  description = "Registered addresses or domains that mails go to while the account is in the SES sandbox."
  type        = set(string)
  default     = []
  nullable    = false
}

variable "stream" {
  description = "How the table's stream is read: see dynamodb_stream_trigger."
  type = object({
    batch_size                         = number
    maximum_batching_window_in_seconds = number
    parallelization_factor             = number
  })
  nullable = false
}

variable "state_machine_type" {
  description = "\"STANDARD\" or \"EXPRESS\": see the variable of the same name in the root module."
  type        = string
  default     = "STANDARD"
  nullable    = false

  validation {
    condition     = contains(["STANDARD", "EXPRESS"], var.state_machine_type)
    error_message = "state_machine_type must be \"STANDARD\" or \"EXPRESS\"."
  }
}

variable "expires_unactivated_users" {
  description = "Whether the table removes users at the time in their attribute expiresAt."
  type        = bool
  default     = false
  nullable    = false
}

variable "deletion_protection_enabled" {
  description = "Whether the table refuses to be deleted."
  type        = bool
  nullable    = false
}

variable "log_level" {
  description = "Least level that the functions log."
  type        = string
  nullable    = false
}

variable "log_retention_days" {
  description = "Days that logs are kept."
  type        = number
  nullable    = false
}

variable "enable_tracing" {
  description = "Whether functions and state machine send traces to X-Ray."
  type        = bool
  default     = false
  nullable    = false
}

variable "kms_key_arn" {
  description = "ARN of the key that encrypts table, queues and logs. null: a key of AWS's."
  type        = string
  default     = null
}
