variable "name_prefix" {
  description = "Start of every name."
  type        = string
  nullable    = false
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

variable "alarm_addresses" {
  description = "Mail addresses that alarms are sent to. Each gets a mail with a link to confirm first."
  type        = set(string)
  nullable    = false
}

variable "thresholds" {
  description = "From where on it is an alarm: see the variable alarm_thresholds in the root module."
  type = object({
    function_errors     = number
    duration_percent    = number
    waiting_seconds     = number
    failure_age_seconds = number
    http_5xx            = number
    bounce_rate         = number
    complaint_rate      = number
  })
  nullable = false
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

variable "kms_key_arn" {
  description = "ARN of the key that encrypts the topic; its policy must let CloudWatch use it. null: not encrypted by a key."
  type        = string
  default     = null
}
