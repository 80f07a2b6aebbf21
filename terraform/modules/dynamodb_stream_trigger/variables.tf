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

variable "stream_arn" {
  description = "ARN of the table's stream."
  type        = string
  nullable    = false
}

variable "function_arn" {
  description = "ARN of the function to call. It must return a partial batch response."
  type        = string
  nullable    = false
}

variable "role_name" {
  description = "Name of the function's role. The module permits it to read the stream and to send failures to the queue."
  type        = string
  nullable    = false
}

variable "failure_queue_name" {
  description = "Name of the queue for discarded batches."
  type        = string
  nullable    = false
}

variable "event_names" {
  description = "Kinds of change to call the function for: INSERT, MODIFY, REMOVE."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.event_names) > 0 && alltrue([for name in var.event_names : contains(["INSERT", "MODIFY", "REMOVE"], name)])
    error_message = "event_names must be one or more of INSERT, MODIFY and REMOVE."
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

  validation {
    condition     = var.stream.batch_size >= 1 && var.stream.batch_size <= 10000
    error_message = "batch_size must be 1 to 10000."
  }

  validation {
    condition     = var.stream.maximum_batching_window_in_seconds >= 0 && var.stream.maximum_batching_window_in_seconds <= 300
    error_message = "maximum_batching_window_in_seconds must be 0 to 300."
  }

  validation {
    condition     = var.stream.parallelization_factor >= 1 && var.stream.parallelization_factor <= 10
    error_message = "parallelization_factor must be 1 to 10."
  }
}

variable "maximum_retry_attempts" {
  description = "Retries of a failed batch before Lambda discards it."
  type        = number
  default     = 5
  nullable    = false

  validation {
    # -1 (retry for ever) would block a shard for a day.
    condition     = var.maximum_retry_attempts >= 0 && var.maximum_retry_attempts <= 10000
    error_message = "maximum_retry_attempts must be 0 to 10000."
  }
}

variable "maximum_record_age_in_seconds" {
  description = "Age at which Lambda discards a record. The stream trims records after 24 hours."
  type        = number
  default     = 43200
  nullable    = false

  validation {
    condition     = var.maximum_record_age_in_seconds >= 60 && var.maximum_record_age_in_seconds < 86400
    error_message = "maximum_record_age_in_seconds must be at least 60 and less than 86400: the stream trims older records, which would be lost without a report."
  }
}
