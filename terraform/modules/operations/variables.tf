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

variable "functions" {
  description = "Functions by their folder in lambdas/: name at AWS, seconds that a call may take, and what calls each: \"stream\" (then with the UUID of its event source mapping), \"event\" (asynchronously), \"queue\", \"state_machine\" or \"http_api\"."
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
    error_message = "invoked_by must be \"stream\", \"event\", \"queue\", \"state_machine\" or \"http_api\"."
  }

  validation {
    condition = alltrue([
      for function in var.functions : function.invoked_by != "stream" || function.mapping_uuid != null
    ])
    error_message = "mapping_uuid must be given for a function that a stream invokes."
  }
}

variable "failure_queues" {
  description = "Queues that hold what was given up, by what failed: each one's name. Any message in one is an alarm."
  type        = map(string)
  nullable    = false
}

variable "work_queues" {
  description = "Queues that functions work off: each one's name. A message that waits is an alarm."
  type        = map(string)
  nullable    = false
}

variable "topics" {
  description = "SNS topics by what they tell of: each one's name. A notification that did not arrive is an alarm."
  type        = map(string)
  nullable    = false
}

variable "state_machine_arns" {
  description = "State machines by their name behind the prefix: each one's ARN."
  type        = map(string)
  nullable    = false
}

variable "http_api_ids" {
  description = "HTTP APIs by their name behind the prefix: each one's id."
  type        = map(string)
  nullable    = false
}

variable "tables" {
  description = "Tables that the dashboard shows: each one's name."
  type        = map(string)
  nullable    = false
}

variable "sends_mails" {
  description = "Whether the deployment sends mails: then the account's bounce and complaint rates are watched."
  type        = bool
  default     = true
  nullable    = false
}

variable "addresses" {
  description = "Mail addresses that alarms are sent to. SNS sends each a mail with a link that must be clicked first."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for address in var.addresses : can(regex("^[^@\\s<>]+@[A-Za-z0-9-]+(\\.[A-Za-z0-9-]+)+$", address))])
    error_message = "addresses must be mail addresses, such as \"operators@example.com\"."
  }
}

variable "thresholds" {
  description = "From where on it is an alarm."
  type = object({
    # Failed calls of a function in 5 minutes, in two of three.
    function_errors = optional(number, 1)
    # Share of a function's time-out.
    duration_percent = optional(number, 80)
    # How long a record, an event or a message of a work queue may wait.
    waiting_seconds = optional(number, 900)
    # How long a failure queue may hold messages without a break, in whole periods of 300 seconds.
    failure_age_seconds = optional(number, 14400)
    # Answers of the web API in 5 minutes.
    http_5xx = optional(number, 3)
    # Shares of the account's mails: half of what AWS reviews an account for.
    bounce_rate    = optional(number, 0.025)
    complaint_rate = optional(number, 0.0005)
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for count in [var.thresholds.function_errors, var.thresholds.http_5xx] : count >= 1 && floor(count) == count])
    error_message = "function_errors and http_5xx of thresholds must be whole numbers above 0."
  }

  validation {
    condition     = var.thresholds.duration_percent > 0 && var.thresholds.duration_percent < 100
    error_message = "duration_percent of thresholds must be above 0 and under 100: a call that reaches 100 is ended."
  }

  validation {
    # A stream gives its records up after 12 hours (maximum_record_age_in_seconds).
    condition     = var.thresholds.waiting_seconds >= 60 && var.thresholds.waiting_seconds < 43200
    error_message = "waiting_seconds of thresholds must be at least 60 and under 43200: older records are given up."
  }

  validation {
    # The alarm counts periods of 300 seconds. CloudWatch would look back for a day (86400), but SQS reports
    # on a queue for six hours after it was last used, and may begin a quarter of an hour late: more
    # periods than fit into that would never be seen.
    condition     = var.thresholds.failure_age_seconds >= 300 && var.thresholds.failure_age_seconds <= 18000 && var.thresholds.failure_age_seconds % 300 == 0
    error_message = "failure_age_seconds of thresholds must be a multiple of 300, from 300 to 18000: the alarm counts periods of 300 seconds, and SQS reports for six hours only on a queue that nobody uses."
  }

  validation {
    condition     = alltrue([for rate in [var.thresholds.bounce_rate, var.thresholds.complaint_rate] : rate > 0 && rate < 1])
    error_message = "bounce_rate and complaint_rate of thresholds must be shares, above 0 and under 1: 0.025 is 2.5%."
  }
}

variable "runbook_url" {
  description = "Address of the folder docs/runbooks as your people reach it, such as https://github.com/you/your-fork/blob/main/docs/runbooks. Each alarm's description ends with its page below it. null: the path within the repository."
  type        = string
  default     = null

  # An alarm's description has at most 1,024 characters:
  # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
  validation {
    condition     = var.runbook_url == null || (can(regex("^https?://[^\\s]+$", var.runbook_url)) && length(coalesce(var.runbook_url, "-")) <= 500)
    error_message = "runbook_url must begin with https:// or http://, have no blanks and at most 500 characters."
  }
}
