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

variable "name" {
  description = "Name of the function's folder in lambdas/, and the service in its logs."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9_]*$", var.name))
    error_message = "name must be the name of a Python package, such as \"create_thumbnail\"."
  }
}

variable "function_name" {
  description = "Name of the function in AWS."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,64}$", var.function_name))
    error_message = "function_name must be 1 to 64 letters, digits, hyphens and underscores."
  }

  validation {
    condition     = length("${var.function_name}-${var.context.region}") <= 64
    error_message = "function_name is too long: the name of its role, ${var.function_name}-${var.context.region}, must have at most 64 characters."
  }
}

variable "description" {
  description = "Description of the function in AWS."
  type        = string
  nullable    = false

  validation {
    condition     = length(var.description) <= 256
    error_message = "description must have at most 256 characters."
  }
}

variable "artifacts_bucket" {
  description = "Bucket that Lambda fetches the zip from."
  type        = string
  nullable    = false
}

variable "package" {
  description = "Path of the zip, and its entry in the manifest."
  type = object({
    path             = string
    sha256           = string
    source_code_hash = string
    handler          = string
    runtime          = string
    architecture     = string
  })
  nullable = false
}

variable "policy_json" {
  description = "IAM policy for the function's code. The module adds the permissions for logs, traces and encryption."
  type        = string
  nullable    = false
}

variable "environment" {
  description = "Environment variables, in addition to those of the logger."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "layers" {
  description = "ARNs of at most 5 layer versions."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = length(var.layers) <= 5
    error_message = "layers must have at most 5 ARNs."
  }
}

variable "memory_size" {
  description = "Memory in MiB. Lambda allocates CPU in proportion to it."
  type        = number
  default     = 256
  nullable    = false

  validation {
    condition     = var.memory_size >= 128 && var.memory_size <= 10240
    error_message = "memory_size must be 128 to 10240 MiB."
  }
}

variable "timeout" {
  description = "Seconds after which Lambda ends an invocation."
  type        = number
  nullable    = false

  validation {
    condition     = var.timeout >= 1 && var.timeout <= 900
    error_message = "timeout must be 1 to 900 seconds."
  }
}

variable "reserved_concurrent_executions" {
  description = "Reserved concurrency: Lambda throttles invocations above it. It reduces the concurrency that the account's other functions share, of which at least 100 must remain. null: only the account's limit."
  type        = number
  default     = null

  validation {
    # 0 would disable the function.
    condition     = try(var.reserved_concurrent_executions >= 1 && floor(var.reserved_concurrent_executions) == var.reserved_concurrent_executions, var.reserved_concurrent_executions == null)
    error_message = "reserved_concurrent_executions must be a whole number above 0, or null."
  }
}

variable "reads_encrypted" {
  description = "Services that the function reads encrypted data from. Include DynamoDB and SQS even if it only writes."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for service in var.reads_encrypted : contains(["dynamodb", "s3", "sqs", "ssm"], service)])
    error_message = "reads_encrypted may contain only dynamodb, s3, sqs and ssm."
  }
}

variable "writes_encrypted" {
  description = "Services that the function writes encrypted data to, with a data key for each object or message."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for service in var.writes_encrypted : contains(["s3", "sqs"], service)])
    error_message = "writes_encrypted may contain only s3 and sqs."
  }
}
