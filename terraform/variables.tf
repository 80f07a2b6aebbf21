# A group is an object, and what is left out has the module's default. The module that takes a group describes
# its attributes and checks them; terraform.tfvars.example lists them all with their defaults.

# --- where and under which names ---

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
  description = "Start of every name, before the environment."
  type        = string
  default     = null
}

variable "environment" {
  description = "Which deployment it is, such as \"dev\" or \"prod\": part of every name, so that several live in one account and region. Each needs a state of its own."
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags of every resource."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "build_dir" {
  description = "Folder with the zips and the manifest.json that `make build` writes. A relative path starts at this folder."
  type        = string
  default     = "../build"
  nullable    = false
}

variable "aws_endpoint_url" {
  description = "Address of a server that takes the place of AWS, such as \"http://127.0.0.1:4566\". null: AWS."
  type        = string
  default     = null

  validation {
    condition     = var.aws_endpoint_url == null || can(regex("^https?://[^/]+$", var.aws_endpoint_url))
    error_message = "aws_endpoint_url must be null or an address without a path, such as \"http://127.0.0.1:4566\"."
  }
}

# --- what is deployed ---

variable "enable_user_activation" {
  description = "Whether to deploy the activation of new users by mail."
  type        = bool
  default     = true
  nullable    = false
}

variable "enable_profile_images" {
  description = "Whether to deploy the thumbnails of profile images."
  type        = bool
  default     = true
  nullable    = false
}

variable "enable_web_api" {
  description = "Whether to serve the page and its API. false: an application of your own writes the tables and the bucket."
  type        = bool
  default     = true
  nullable    = false

  validation {
    condition     = !var.enable_web_api || (var.enable_user_activation && var.enable_profile_images)
    error_message = "enable_web_api = true needs enable_user_activation = true and enable_profile_images = true: the page signs users up and takes their pictures. To leave one of them out, set enable_web_api = false as well."
  }
}

# --- activation of users ---

variable "from_address" {
  description = "Address that activation mails come from. Needed unless enable_user_activation is false."
  type        = string
  default     = null

  validation {
    condition     = var.from_address != null || !var.enable_user_activation
    error_message = "Set from_address, the address that activation mails come from, such as \"hello@example.com\"."
  }
}

variable "product_name" {
  description = "Name of the product in the mails and on the page."
  type        = string
  default     = null
}

variable "mail" {
  description = "Language, texts, rate and sender of the activation mails, and the type of their state machine: mail of modules/user_activation."
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
  description = "Days after sign-up, or after the last mail that was asked for or put back by make redrive, at which a user who never activates is removed, and the username is free again. An application of your own must remove the attribute expiresAt as it sets activationStatus to DONE. null: never."
  type        = number
  default     = null
}

# --- profile images ---

variable "thumbnails" {
  description = "Engine, fit and memory for making thumbnails: thumbnails of modules/profile_images."
  type = object({
    engine                  = optional(string)
    fit                     = optional(string)
    memory_size             = optional(number)
    tinypng_api_key_version = optional(number)
    tinypng_base_url        = optional(string)
  })
  default  = {}
  nullable = false
}

variable "tinypng_api_key" {
  description = "Key of the TinyPNG web service; goes to SSM Parameter Store and into no state or plan. Best given as TF_VAR_tinypng_api_key."
  type        = string
  default     = null
  ephemeral   = true
  sensitive   = true
}

variable "uploads" {
  description = "Largest picture that gets a thumbnail, and when leftovers of uploads are removed, from the bucket of zips too: uploads of modules/profile_images."
  type = object({
    max_image_bytes                        = optional(number)
    abort_incomplete_multipart_upload_days = optional(number)
    noncurrent_version_expiration_days     = optional(number)
  })
  default  = {}
  nullable = false
}

# --- the page and its API ---

variable "web_api" {
  description = "Language, domain and limits of the page and its API: settings of modules/web_api."
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
  })
  default  = {}
  nullable = false
}

variable "sessions" {
  description = "How long sessions of the page last, and the version of the key that signs them: sessions of modules/web_api."
  type = object({
    hours       = optional(number)
    key_version = optional(number)
  })
  default  = {}
  nullable = false
}

# --- operation ---

variable "streams" {
  description = "How the streams of the tables User and user-profile are read: stream of modules/user_activation and modules/profile_images."
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
  description = "enabled: whether to create alarms, the topic that they are sent to, and a dashboard (docs/operations.md; docs/cost-and-limits.md for what they cost). The rest: modules/operations."
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
  description = "Least level that the functions log, and days that logs are kept: logs of modules/context."
  type = object({
    level          = optional(string)
    retention_days = optional(number)
  })
  default  = {}
  nullable = false
}

variable "enable_tracing" {
  description = "Whether functions and state machine send traces to X-Ray."
  type        = bool
  default     = null
}

variable "encryption" {
  description = "A KMS key of your own, in this region, that encrypts tables, buckets, queues, topics, logs and parameters. What its policy must allow: docs/encryption.md. null: keys of AWS's."
  type        = object({ kms_key_arn = string })
  default     = null
}

variable "force_destroy" {
  description = "Whether `terraform destroy` may remove tables and pictures with all they hold. true switches off the tables' deletion protection."
  type        = bool
  default     = false
  nullable    = false
}
