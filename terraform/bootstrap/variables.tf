# --- the deployment: as in its own variables ---

variable "region" {
  description = "AWS region of the deployment."
  type        = string
  default     = "eu-central-1"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]+$", var.region))
    error_message = "region must be the name of an AWS region, such as \"eu-central-1\"."
  }
}

variable "name_prefix" {
  description = "The deployment's name_prefix."
  type        = string
  default     = "onboarding"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]*[a-z0-9]$", var.name_prefix))
    error_message = "name_prefix must consist of lower-case letters, digits and hyphens, start with a letter and not end with a hyphen."
  }

  validation {
    # As modules/context: the names here are shorter than the longest there.
    condition     = length("${var.name_prefix}-${var.environment}-${var.region}") <= 40
    error_message = "\"name_prefix-environment-region\" must have at most 40 characters, as in the deployment."
  }
}

variable "environment" {
  description = "The deployment's environment: the name of its .tfvars."
  type        = string
  default     = "prod"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9]([a-z0-9-]*[a-z0-9])?$", var.environment))
    error_message = "environment must consist of lower-case letters, digits and hyphens, and not start or end with a hyphen."
  }
}

variable "enable_web_api" {
  description = "The deployment's enable_web_api. false: make smoke may put users and pictures, as it can't use the page."
  type        = bool
  default     = true
  nullable    = false
}

variable "from_address" {
  description = "The deployment's from_address. null: it sends no mails (enable_user_activation = false)."
  type        = string
  default     = null

  validation {
    condition     = var.from_address == null || can(regex("^[^@*?\\s]+@([A-Za-z0-9-]+\\.)+[A-Za-z0-9-]+$", var.from_address))
    error_message = "from_address must be null or the sender's address, such as \"hello@example.com\"."
  }
}

variable "sandbox_recipients" {
  description = "The deployment's mail.sandbox_recipients."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for recipient in var.sandbox_recipients : can(regex("^([^@*?\\s]+@)?([A-Za-z0-9-]+\\.)+[A-Za-z0-9-]+$", recipient))])
    error_message = "sandbox_recipients must be addresses or domains that are registered in SES."
  }
}

variable "encryption" {
  description = "The deployment's encryption: your own KMS key. null: none."
  type = object({
    # ARN of the key.
    kms_key_arn = string
  })
  default = null

  validation {
    condition     = alltrue([for key in var.encryption[*] : can(regex("^arn:aws[a-z-]*:kms:${var.region}:[0-9]{12}:key/[A-Za-z0-9-]+$", key.kms_key_arn))])
    error_message = "encryption.kms_key_arn must be the ARN of a key in this region, not of an alias."
  }
}

variable "former_kms_key_arns" {
  description = "The deployment's former_kms_key_arns."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.former_kms_key_arns : can(regex("^arn:aws[a-z-]*:kms:${var.region}:[0-9]{12}:key/[A-Za-z0-9-]+$", arn))])
    error_message = "former_kms_key_arns must be ARNs of keys in this region, not of aliases."
  }
}

variable "domain" {
  description = "The deployment's web_api.domain. null: the page has API Gateway's address only."
  type = object({
    # Host name of the page.
    name = string
    # ARN of its certificate.
    certificate_arn = string
    # Hosted zone in which the deployment creates the record. null: you create it.
    hosted_zone_id = optional(string)
  })
  default = null

  validation {
    condition     = alltrue([for domain in var.domain[*] : can(regex("^([a-z0-9-]+\\.)+[a-z0-9-]+$", domain.name))])
    error_message = "domain.name must be a host name in lower case, such as \"accounts.example.com\"."
  }

  validation {
    condition     = alltrue([for domain in var.domain[*] : can(regex("^arn:aws[a-z-]*:acm:[a-z0-9-]+:[0-9]{12}:certificate/[A-Za-z0-9-]+$", domain.certificate_arn))])
    error_message = "domain.certificate_arn must be the ARN of a certificate in ACM."
  }

  validation {
    condition     = alltrue([for domain in var.domain[*] : domain.hosted_zone_id == null || can(regex("^[A-Z0-9]+$", domain.hosted_zone_id))])
    error_message = "domain.hosted_zone_id must be the ID of a hosted zone, such as \"Z0123456789\"."
  }
}

variable "delivery" {
  description = "The deployment's delivery: CloudFront for the thumbnails, with its domain. null: none."
  type = object({
    domain = optional(object({
      # Host name of the pictures.
      name = string
      # ARN of its certificate, in us-east-1.
      certificate_arn = string
      # Hosted zone in which the deployment creates the records. null: you create them.
      hosted_zone_id = optional(string)
    }))
  })
  default = null

  validation {
    condition     = alltrue([for domain in try(var.delivery.domain, null)[*] : can(regex("^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$", domain.name))])
    error_message = "delivery.domain.name must be a host name in lower case, such as \"pictures.example.com\"."
  }

  validation {
    condition     = alltrue([for domain in try(var.delivery.domain, null)[*] : can(regex("^arn:aws:acm:us-east-1:[0-9]{12}:certificate/[A-Za-z0-9-]+$", domain.certificate_arn))])
    error_message = "delivery.domain.certificate_arn must be the ARN of a certificate in ACM in us-east-1."
  }

  validation {
    condition     = alltrue([for domain in try(var.delivery.domain, null)[*] : domain.hosted_zone_id == null || can(regex("^[A-Z0-9]{1,32}$", domain.hosted_zone_id))])
    error_message = "delivery.domain.hosted_zone_id must be the ID of a hosted zone, such as \"Z0123456789\"."
  }
}

# --- the deployment's state ---

variable "state_bucket_name" {
  description = "Bucket of the deployment's state; the plans that wait for approval lie in it too."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.state_bucket_name))
    error_message = "state_bucket_name must be the name of a bucket, not an ARN."
  }

  validation {
    condition     = !startswith(var.state_bucket_name, "${var.name_prefix}-${var.environment}-")
    error_message = "state_bucket_name must not begin with name_prefix-environment: the deployment may delete buckets with such names."
  }
}

variable "state_key" {
  description = "Key of the deployment's state in the bucket, such as \"user-onboarding/prod/terraform.tfstate\": `key` in environments/<name>.backend.hcl."
  type        = string
  nullable    = false

  validation {
    # A wildcard would give rights on other states.
    condition     = can(regex("^[A-Za-z0-9!_.'()-]+(/[A-Za-z0-9!_.'()-]+)*$", var.state_key))
    error_message = "state_key must be letters, digits and !_.'()- between slashes, and not begin or end with a slash."
  }
}

variable "state_kms_key_arn" {
  description = "ARN of the KMS key that encrypts the state's bucket. null: S3's own encryption."
  type        = string
  default     = null

  validation {
    condition     = var.state_kms_key_arn == null || can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$", var.state_kms_key_arn))
    error_message = "state_kms_key_arn must be null or the ARN of a key, not of an alias."
  }
}

# --- GitHub ---

variable "github_repository" {
  description = "The repository as GitHub names it in its tokens, behind \"repo:\". Repositories from after July 15, 2026 have IDs in it: \"acme@123456/onboarding@456789\"; older ones don't: \"acme/onboarding\"."
  type        = string
  nullable    = false

  validation {
    # All IDs or none: https://docs.github.com/en/actions/reference/security/oidc#immutable-subject-claims
    condition     = can(regex("^[A-Za-z0-9-]+(@[0-9]+/[A-Za-z0-9._-]+@[0-9]+|/[A-Za-z0-9._-]+)$", var.github_repository))
    error_message = "github_repository must be \"owner/name\" or \"owner@id/name@id\": what `gh api repos/OWNER/NAME/actions/oidc/customization/sub --jq .sub_claim_prefix` prints behind \"repo:\"."
  }
}

variable "create_oidc_provider" {
  description = "Whether to create the account's OIDC provider for GitHub Actions. An account has at most one. false: it exists."
  type        = bool
  default     = true
  nullable    = false
}

# --- tags ---

variable "tags" {
  description = "Tags of every resource."
  type        = map(string)
  default     = {}
  nullable    = false
}
