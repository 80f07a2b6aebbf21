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
    condition     = contains(keys(var.packages), "record_mail_feedback")
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
  description = "Name of the SES configuration set that the mails are sent with."
  type        = string
  nullable    = false
}

variable "configuration_set_arn" {
  description = "ARN of the SES configuration set that the mails are sent with."
  type        = string
  nullable    = false
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
  description = "ARN of the key that encrypts topic, queues and logs, and the table of users. null: a key of AWS's."
  type        = string
  default     = null
}
