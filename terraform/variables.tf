# Related settings are one object; an attribute that is left out has the module's default. The module describes and
# checks the attributes; terraform.tfvars.example lists them all with their defaults.

# --- region and names ---

variable "region" {
  description = "AWS region."
  type        = string
  default     = "eu-central-1"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]+$", var.region))
    error_message = "region must be the name of an AWS region, such as \"eu-central-1\"."
  }
}

variable "name_prefix" {
  description = "First part of every name, before the environment."
  type        = string
  default     = null
}

variable "environment" {
  description = "Name of this deployment, such as \"dev\" or \"prod\". It is part of every name, so one account and region can hold several. Each needs its own state."
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags of every resource."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    # What every service takes: https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html
    condition = length(var.tags) <= 50 && alltrue([
      for key, value in var.tags :
      can(regex("^[\\p{L}\\p{Z}\\p{N}_.:/=+@-]{1,128}$", key)) && can(regex("^[\\p{L}\\p{Z}\\p{N}_.:/=+@-]{0,256}$", value)) && !startswith(lower(key), "aws:")
    ])
    error_message = "tags must be at most 50. A key has 1 to 128 characters and does not begin with aws:, a value at most 256; both have letters, digits, blanks and _.:/=+@- only."
  }
}

variable "build_dir" {
  description = "Folder with the zips and the manifest.json that `make build` writes, relative to this folder."
  type        = string
  default     = "../build"
  nullable    = false
}

variable "aws_endpoint_url" {
  description = "URL of a local cloud that replaces AWS, such as \"http://127.0.0.1:4566\". null: AWS."
  type        = string
  default     = null

  validation {
    condition     = var.aws_endpoint_url == null || can(regex("^https?://[^/]+$", var.aws_endpoint_url))
    error_message = "aws_endpoint_url must be null or a URL without a path, such as \"http://127.0.0.1:4566\"."
  }
}

# --- parts to deploy ---

variable "enable_user_activation" {
  description = "Whether to deploy the activation mails for new users."
  type        = bool
  default     = true
  nullable    = false

  validation {
    condition     = !var.enable_user_activation || var.from_address != null
    error_message = "Set from_address, the sender address of the activation mails, such as \"hello@example.com\"."
  }
}

variable "enable_profile_images" {
  description = "Whether to deploy the thumbnails of profile images."
  type        = bool
  default     = true
  nullable    = false
}

variable "enable_web_api" {
  description = "Whether to deploy the page and its API. false: your own application writes to the tables and the bucket."
  type        = bool
  default     = true
  nullable    = false

  validation {
    condition     = !var.enable_web_api || (var.enable_user_activation && var.enable_profile_images)
    error_message = "enable_web_api = true needs enable_user_activation = true and enable_profile_images = true, as the page uses both. To leave one of them out, also set enable_web_api = false."
  }
}

# --- activation of users ---

variable "from_address" {
  description = "Sender address of the activation mails. Required unless enable_user_activation is false."
  type        = string
  default     = null

  validation {
    # As in modules/user_activation, which says why.
    condition = try(
      length(var.from_address) <= 254 && length(split("@", var.from_address)[0]) <= 64
      && can(regex("^[A-Za-z0-9!#%&'+=^_~-]+(\\.[A-Za-z0-9!#%&'+=^_~-]+)*@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\\.)+[A-Za-z][A-Za-z0-9-]{0,61}[A-Za-z0-9]$", var.from_address)),
      var.from_address == null,
    )
    error_message = "from_address must be an address that SES takes, such as \"hello@example.com\": ASCII letters, digits and !#%&'+=^_~.- before the @ (at most 64, and no dot at the start, at the end or beside another), then a domain (in Punycode, if it has other letters)."
  }
}

variable "product_name" {
  description = "Name of the product in the mails and on the page."
  type        = string
  default     = null
}

variable "mail" {
  description = "Texts, sender, rate and state machine of the activation mails: see mail of modules/user_activation."
  type = object({
    language                 = optional(string)
    texts                    = optional(map(string))
    state_machine_type       = optional(string)
    rate_per_second          = optional(number)
    sandbox_recipients       = optional(set(string))
    create_identity          = optional(bool)
    identity_kind            = optional(string)
    create_configuration_set = optional(bool, true)
    from_subdomain           = optional(string)
  })
  default  = {}
  nullable = false
}

variable "unactivated_user_expiration_days" {
  description = "Days until a user who never activates is removed and the username is free again. They count from sign-up, the last resend or `make redrive`. Your own application must remove the attribute expiresAt when it sets activationStatus to DONE. null: never."
  type        = number
  default     = null
}

# --- profile images ---

variable "thumbnails" {
  description = "Sizes, engine, fit and memory for making thumbnails: see thumbnails of modules/profile_images."
  type = object({
    sizes                   = optional(list(number))
    former_sizes            = optional(list(number))
    engine                  = optional(string)
    fit                     = optional(string)
    memory_size             = optional(number)
    heic                    = optional(bool)
    tinypng_api_key_version = optional(number)
    tinypng_base_url        = optional(string)
  })
  default  = {}
  nullable = false
}

variable "tinypng_api_key" {
  description = "API key of TinyPNG, best set as TF_VAR_tinypng_api_key. SSM Parameter Store keeps it; plan and state do not."
  type        = string
  default     = null
  ephemeral   = true
  sensitive   = true
}

variable "uploads" {
  description = "Limits of uploads, and cleanup of the buckets of pictures and zips: see uploads of modules/profile_images; per_day: of modules/web_api."
  type = object({
    max_image_bytes                        = optional(number)
    abort_incomplete_multipart_upload_days = optional(number)
    noncurrent_version_expiration_days     = optional(number)
    per_day                                = optional(number)
  })
  default  = {}
  nullable = false
}

variable "delivery" {
  description = "CloudFront for the thumbnails: anybody with a thumbnail's address can see it (docs/delivery.md). See settings of modules/delivery. {}: on, with all defaults. null: off, and only the page shows its user's own."
  type = object({
    domain             = optional(object({ name = string, certificate_arn = string, hosted_zone_id = optional(string) }))
    price_class        = optional(string)
    browser_seconds    = optional(number)
    edge_seconds       = optional(number)
    invalidate_removed = optional(bool)
  })
  default = null

  validation {
    condition     = var.delivery == null || var.enable_profile_images
    error_message = "delivery serves the thumbnails: set enable_profile_images = true, or delivery = null."
  }

  validation {
    condition     = try(var.delivery.domain.name, null) == null || try(var.delivery.domain.name != var.web_api.domain.name, true)
    error_message = "delivery.domain.name and web_api.domain.name must differ: a host name leads to the pictures or to the page."
  }
}

# --- the page and its API ---

variable "web_api" {
  description = "Language, domain and limits of the page and its API: see settings of modules/web_api."
  type = object({
    language = optional(string)
    domain   = optional(object({ name = string, certificate_arn = string, hosted_zone_id = optional(string) }))
    throttling = optional(object({
      default = optional(object({ rate = number, burst = number }))
      sign_up = optional(object({ rate = number, burst = number }))
      sign_in = optional(object({ rate = number, burst = number }))
      resend  = optional(object({ rate = number, burst = number }))
    }))
    max_upload_bytes         = optional(number)
    activation_link_hours    = optional(number)
    resend_cool_down_seconds = optional(number)
    resend_limit             = optional(number)
    sign_ups_per_hour        = optional(number)
    reserved_usernames       = optional(set(string))
  })
  default  = {}
  nullable = false
}

variable "sessions" {
  description = "Duration of the page's sessions, and version of their key: see sessions of modules/web_api."
  type = object({
    hours       = optional(number)
    idle_hours  = optional(number)
    key_version = optional(number)
  })
  default  = {}
  nullable = false
}

# --- operations ---

variable "streams" {
  description = "How Lambda reads the streams of User and user-profile: see stream of modules/user_activation and modules/profile_images."
  type = object({
    user = optional(object({
      batch_size                         = optional(number)
      maximum_batching_window_in_seconds = optional(number)
      parallelization_factor             = optional(number)
    }))
    user_profile = optional(object({
      batch_size                         = optional(number)
      maximum_batching_window_in_seconds = optional(number)
      parallelization_factor             = optional(number)
    }))
  })
  default  = {}
  nullable = false
}

variable "alarms" {
  description = "Alarms, their topic and a dashboard (docs/operations.md; cost: docs/cost-and-limits.md). enabled: whether to create them. Other attributes: see modules/operations."
  type = object({
    enabled     = optional(bool, true)
    addresses   = optional(set(string))
    runbook_url = optional(string)
    thresholds = optional(object({
      function_errors     = optional(number)
      duration_percent    = optional(number)
      waiting_seconds     = optional(number)
      failure_age_seconds = optional(number)
      http_5xx            = optional(number)
      bounce_rate         = optional(number)
      complaint_rate      = optional(number)
    }))
  })
  default  = {}
  nullable = false
}

variable "logs" {
  description = "Log level of the functions, and retention of all logs: see logs of modules/context."
  type = object({
    level          = optional(string)
    retention_days = optional(number)
  })
  default  = {}
  nullable = false
}

variable "enable_tracing" {
  description = "Whether the functions and the state machine send traces to X-Ray."
  type        = bool
  default     = null
}

variable "encryption" {
  description = "Your own KMS key, in this region, for tables, buckets, queues, topics, logs and parameters. Its policy must allow what docs/encryption.md lists. null: keys owned or managed by AWS."
  type        = object({ kms_key_arn = string })
  default     = null
}

variable "former_kms_key_arns" {
  description = "ARNs of the keys that were encryption.kms_key_arn before. Functions may decrypt with them what was written before the change (docs/encryption.md)."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "permissions_boundary" {
  description = "ARN of a managed policy that is the permissions boundary of each role: no role can do more than it allows. terraform/bootstrap creates one (docs/deployment.md). null: roles have none."
  type        = string
  default     = null
}

variable "force_destroy" {
  description = "Whether `terraform destroy` may delete tables and buckets with their contents. true turns off the tables' deletion protection."
  type        = bool
  default     = false
  nullable    = false
}
