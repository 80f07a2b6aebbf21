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

variable "stream_arn" {
  description = "ARN of the table's stream."
  type        = string
  nullable    = false
}

variable "function_arn" {
  description = "ARN of the function that takes the records. It must answer with a partial batch response."
  type        = string
  nullable    = false
}

variable "role_name" {
  description = "Name of the function's role: it is given the right to read the stream and to report failures."
  type        = string
  nullable    = false
}

variable "failure_queue_name" {
  description = "Name of the queue for batches that were given up."
  type        = string
  nullable    = false
}

variable "event_names" {
  description = "Kinds of change that the function is called for."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.event_names) > 0 && alltrue([for name in var.event_names : contains(["INSERT", "MODIFY", "REMOVE"], name)])
    error_message = "event_names must be some of INSERT, MODIFY and REMOVE."
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
  description = "Times that a failed batch is tried again before it is given up."
  type        = number
  default     = 5
  nullable    = false

  validation {
    # -1 (without end) is what blocks a shard for a day.
    condition     = var.maximum_retry_attempts >= 0 && var.maximum_retry_attempts <= 10000
    error_message = "maximum_retry_attempts must be 0 to 10000."
  }
}

variable "maximum_record_age_in_seconds" {
  description = "Age at which a record is given up. A stream forgets its records after 24 hours."
  type        = number
  default     = 43200
  nullable    = false

  validation {
    condition     = var.maximum_record_age_in_seconds >= 60 && var.maximum_record_age_in_seconds < 86400
    error_message = "maximum_record_age_in_seconds must be at least 60 and under 86400: older records are gone from the stream, and would be lost without a trace."
  }
}
