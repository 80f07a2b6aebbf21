variable "name_prefix" {
  description = "First part of every name, before the environment."
  type        = string
  default     = "onboarding"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]*[a-z0-9]$", var.name_prefix))
    error_message = "name_prefix must consist of lower-case letters, digits and hyphens, start with a letter and not end with a hyphen."
  }

  validation {
    # S3 reserves these beginnings of a bucket's name, and Parameter Store "aws" and "ssm":
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
    # https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
    condition     = !can(regex("^(aws|ssm|xn--|sthree-|amzn-s3-demo-)", "${var.name_prefix}-${var.environment}-"))
    error_message = "\"${var.name_prefix}-${var.environment}\" must not begin with aws, ssm, xn--, sthree- or amzn-s3-demo-: AWS reserves these for names of parameters or buckets. Change name_prefix."
  }

  validation {
    # Limits: 64 characters for an IAM role, with at most "-GetUserActivationStatus" between prefix and region; 63 for
    # a bucket, with "-artifacts-" and the 12-digit account. All other limits are wider (docs/adr/0032-names.md).
    # tests/terraform/test_names.py plans with the longest names.
    condition     = length("${var.name_prefix}-${var.environment}-${data.aws_region.current.id}") <= 40
    error_message = "\"name_prefix-environment-region\" has ${length("${var.name_prefix}-${var.environment}-${data.aws_region.current.id}")} characters and must have at most 40: AWS limits an IAM role's name to 64 and a bucket's to 63. Shorten name_prefix or environment."
  }
}

variable "environment" {
  description = "Name of this deployment, such as \"dev\" or \"prod\". It is part of every name, so one account and region can hold several."
  type        = string
  default     = "dev"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9]([a-z0-9-]*[a-z0-9])?$", var.environment))
    error_message = "environment must consist of lower-case letters, digits and hyphens, and not start or end with a hyphen."
  }
}

variable "logs" {
  description = "Log level of the functions, and retention of all logs."
  type = object({
    # Lowest level that the functions log.
    level = optional(string, "INFO")
    # Days to keep logs.
    retention_days = optional(number, 30)
  })
  default  = {}
  nullable = false

  validation {
    condition     = contains(["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"], var.logs.level)
    error_message = "logs.level must be DEBUG, INFO, WARNING, ERROR or CRITICAL."
  }

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.logs.retention_days)
    error_message = "logs.retention_days must be a number that CloudWatch Logs accepts: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653."
  }
}

variable "enable_tracing" {
  description = "Whether the functions and the state machine send traces to X-Ray."
  type        = bool
  default     = false
  nullable    = false
}

variable "encryption" {
  description = "Your own KMS key for tables, buckets, queues, topics, logs and parameters. The same configuration may create it. null: keys owned or managed by AWS."
  type = object({
    # ARN of the key, in this region. Its policy must allow what docs/encryption.md lists.
    kms_key_arn = string
  })
  default = null

  validation {
    condition     = alltrue([for key in var.encryption[*] : can(regex("^arn:aws[a-z-]*:kms:${data.aws_region.current.id}:[0-9]{12}:key/[A-Za-z0-9-]+$", key.kms_key_arn))])
    error_message = "encryption.kms_key_arn must be the ARN of a key in this region, such as \"arn:aws:kms:eu-central-1:123456789012:key/...\", not of an alias."
  }
}

variable "former_kms_key_arns" {
  description = "ARNs of the keys that were `encryption.kms_key_arn` before. Functions may decrypt with them, and not encrypt: what was written before a change stays encrypted by the former key (docs/encryption.md)."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.former_kms_key_arns : can(regex("^arn:aws[a-z-]*:kms:${data.aws_region.current.id}:[0-9]{12}:key/[A-Za-z0-9-]+$", arn))])
    error_message = "former_kms_key_arns must be ARNs of keys in this region, such as \"arn:aws:kms:eu-central-1:123456789012:key/...\", not of aliases."
  }

  validation {
    # A role's policies may have 10,240 characters in all: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    condition     = length(distinct(var.former_kms_key_arns)) == length(var.former_kms_key_arns) && length(var.former_kms_key_arns) <= 10
    error_message = "former_kms_key_arns must have at most 10 ARNs, each once."
  }
}

variable "permissions_boundary" {
  description = "ARN of a managed policy that is the permissions boundary of each role: no role can do more than it allows. terraform/bootstrap creates one. null: roles have none."
  type        = string
  default     = null

  validation {
    condition     = var.permissions_boundary == null || can(regex("^arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy/[A-Za-z0-9+=,.@_/-]+$", var.permissions_boundary))
    error_message = "permissions_boundary must be null or the ARN of a managed policy, such as \"arn:aws:iam::123456789012:policy/github-actions/onboarding-prod-boundary-eu-central-1\"."
  }
}
