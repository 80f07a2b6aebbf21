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
    condition     = contains(keys(var.packages.function_packages), "record_mail_feedback")
    error_message = "manifest.json lacks record_mail_feedback: run `make build` again."
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

variable "configuration_set_name" {
  description = "Name of the SES configuration set of the mails."
  type        = string
  nullable    = false
}

variable "configuration_set_arn" {
  description = "ARN of the SES configuration set of the mails."
  type        = string
  nullable    = false
}
