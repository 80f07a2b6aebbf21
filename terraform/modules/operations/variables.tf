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

variable "functions" {
  description = "Functions by their folder in lambdas/: name in AWS, timeout in seconds, and what invokes each: \"stream\" (then also the UUID of its event source mapping), \"event\" (asynchronous), \"queue\", \"state_machine\" or \"http_api\"."
  type = map(object({
    name            = string
    timeout_seconds = number
    invoked_by      = string
    mapping_uuid    = optional(string)
  }))
  nullable = false

  validation {
    condition = alltrue([
      for function in var.functions : contains(["stream", "event", "queue", "state_machine", "http_api"], function.invoked_by)
    ])
    error_message = "invoked_by of each function must be \"stream\", \"event\", \"queue\", \"state_machine\" or \"http_api\"."
  }

  validation {
    condition = alltrue([
      for function in var.functions : function.invoked_by != "stream" || function.mapping_uuid != null
    ])
    error_message = "A function with invoked_by = \"stream\" needs mapping_uuid."
  }
}

variable "failure_queues" {
  description = "Names of the failure queues, by what failed. Any message in one raises an alarm."
  type        = map(string)
  nullable    = false
}

variable "work_queues" {
  description = "Names of the queues that functions process, by function. A message that waits too long raises an alarm."
  type        = map(string)
  nullable    = false
}

variable "topics" {
  description = "Names of the SNS topics, by subject. A failed delivery raises an alarm."
  type        = map(string)
  nullable    = false
}

variable "state_machine_arns" {
  description = "ARNs of the state machines, by name without the prefix."
  type        = map(string)
  nullable    = false
}

variable "http_api_ids" {
  description = "IDs of the HTTP APIs, by name without the prefix."
  type        = map(string)
  nullable    = false
}

variable "tables" {
  description = "Names of the tables that the dashboard shows."
  type        = map(string)
  nullable    = false
}

variable "sends_mails" {
  description = "Whether the deployment sends mails. If true, alarms watch the account's bounce and complaint rates."
  type        = bool
  default     = true
  nullable    = false
}

variable "addresses" {
  description = "Mail addresses for alarms. SNS sends each address a link to confirm first."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for address in var.addresses : length(address) <= 254 && !can(regex("^[^@]{65,}@", address)) && can(regex("^[A-Za-z0-9!#%&'+=^_~-]+(\\.[A-Za-z0-9!#%&'+=^_~-]+)*@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\\.)+[A-Za-z][A-Za-z0-9-]{0,61}[A-Za-z0-9]$", address))])
    error_message = "addresses must be mail addresses, such as \"operators@example.com\"."
  }
}

variable "thresholds" {
  description = "Thresholds of the alarms."
  type = object({
    # Errors of a function in 5 minutes, in two of three periods.
    function_errors = optional(number, 1)
    # Duration of an invocation in percent of the function's timeout.
    duration_percent = optional(number, 80)
    # Seconds that a record, an event or a message of a work queue may wait.
    waiting_seconds = optional(number, 900)
    # Seconds that a failure queue may hold messages without being empty: a multiple of 300.
    failure_age_seconds = optional(number, 14400)
    # 5xx responses of the web API in 5 minutes.
    http_5xx = optional(number, 3)
    # Share of the account's mails that bounce. AWS reviews an account at twice the default.
    bounce_rate = optional(number, 0.025)
    # Share of the account's mails with a complaint. AWS reviews an account at twice the default.
    complaint_rate = optional(number, 0.0005)
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for count in [var.thresholds.function_errors, var.thresholds.http_5xx] : count >= 1 && floor(count) == count])
    error_message = "thresholds.function_errors and thresholds.http_5xx must be whole numbers above 0."
  }

  validation {
    condition     = var.thresholds.duration_percent > 0 && var.thresholds.duration_percent < 100
    error_message = "thresholds.duration_percent must be above 0 and below 100: Lambda ends an invocation at 100."
  }

  validation {
    # Lambda discards a stream's records after 12 hours (maximum_record_age_in_seconds).
    condition     = var.thresholds.waiting_seconds >= 60 && var.thresholds.waiting_seconds < 43200
    error_message = "thresholds.waiting_seconds must be at least 60 and below 43200: Lambda discards older records."
  }

  validation {
    # The alarm counts periods of 300 seconds. CloudWatch looks back for up to a day (86400), but SQS reports on
    # an unused queue for six hours only and may start 15 minutes late. Longer times would never raise an alarm.
    condition     = var.thresholds.failure_age_seconds >= 300 && var.thresholds.failure_age_seconds <= 18000 && var.thresholds.failure_age_seconds % 300 == 0
    error_message = "thresholds.failure_age_seconds must be a multiple of 300, from 300 to 18000: the alarm counts periods of 300 seconds, and SQS reports on an unused queue for six hours only."
  }

  validation {
    condition     = alltrue([for rate in [var.thresholds.bounce_rate, var.thresholds.complaint_rate] : rate > 0 && rate < 1])
    error_message = "thresholds.bounce_rate and thresholds.complaint_rate must be shares above 0 and below 1, such as 0.025 for 2.5%."
  }
}

variable "runbook_url" {
  description = "URL of the folder docs/runbooks for your operators, such as https://github.com/you/your-fork/blob/main/docs/runbooks. Each alarm's description ends with its page below this URL. null: the path in the repository."
  type        = string
  default     = null

  # An alarm's description may have 1,024 characters:
  # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
  validation {
    condition     = var.runbook_url == null || (can(regex("^https?://[^\\s]+$", var.runbook_url)) && length(coalesce(var.runbook_url, "-")) <= 500)
    error_message = "runbook_url must start with https:// or http://, contain no whitespace and have at most 500 characters."
  }
}
