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
  description = "Start of every name. Two deployments in one account and region need different ones."
  type        = string
  default     = "onboarding"
  nullable    = false

  validation {
    # "<prefix>-profile-images-<account>" must be a bucket's name of at most 63 characters.
    condition     = can(regex("^[a-z][a-z0-9-]{0,29}[a-z0-9]$", var.name_prefix))
    error_message = "name_prefix must be 2 to 31 lower-case letters, digits and hyphens, with a letter first and no hyphen last."
  }
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

  validation {
    condition     = fileexists("${var.build_dir}/manifest.json")
    error_message = "There is no ${var.build_dir}/manifest.json: run `make build` first."
  }

  validation {
    condition = try(
      jsondecode(file("${var.build_dir}/manifest.json")).schema_version == 1,
      !fileexists("${var.build_dir}/manifest.json"),
    )
    error_message = "${var.build_dir}/manifest.json is not of the kind that this code reads (schema_version 1): run `make build` again."
  }
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

# --- activation mails ---

variable "from_address" {
  description = "Address that activation mails come from."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[^@\\s<>]+@[A-Za-z0-9-]+(\\.[A-Za-z0-9-]+)+$", var.from_address))
    error_message = "from_address must be a mail address alone, such as \"hello@example.com\"."
  }
}

variable "product_name" {
  description = "Name of the product in subject and text of the mails."
  type        = string
  default     = "Digital Card Store"
  nullable    = false

  validation {
    condition     = can(regex("^[^\\x00-\\x1f\\x7f]*[^\\s\\x00-\\x1f\\x7f][^\\x00-\\x1f\\x7f]*$", var.product_name))
    error_message = "product_name must have a visible character, and no line break or other control character."
  }
}

variable "mail_language" {
  description = "Language of the mails: \"en\" or \"de\"."
  type        = string
  default     = "en"
  nullable    = false

  validation {
    condition     = contains(["en", "de"], var.mail_language)
    error_message = "mail_language must be \"en\" or \"de\"."
  }
}

variable "mail_texts" {
  description = "Texts of the mails that take the place of the language's own, by key: subject, preheader, greeting, greeting_without_name, welcome, button, copy_hint, ignore_note. Each may say $${product_name}, and the greeting $${name}; in Terraform a $${ is written with two $. lambdas/send_user_activation_mail/texts/ has the language's own."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = length(setsubtract(keys(var.mail_texts), ["subject", "preheader", "greeting", "greeting_without_name", "welcome", "button", "copy_hint", "ignore_note"])) == 0
    error_message = "mail_texts has a key that is none of subject, preheader, greeting, greeting_without_name, welcome, button, copy_hint, ignore_note."
  }

  validation {
    condition     = alltrue([for text in values(var.mail_texts) : can(regex("^[^\\x00-\\x1f\\x7f]*[^\\s\\x00-\\x1f\\x7f][^\\x00-\\x1f\\x7f]*$", text))])
    error_message = "Each of mail_texts must have a visible character, and no line break or other control character."
  }

  validation {
    # What is left without the known placeholders and "$$", which stands for a "$", has no "$".
    condition = alltrue([
      for key, text in var.mail_texts :
      !strcontains(replace(text, key == "greeting" ? "/\\$(\\$|\\{product_name\\}|\\{name\\})/" : "/\\$(\\$|\\{product_name\\})/", ""), "$")
    ])
    error_message = "Each of mail_texts may say $${product_name}, and the greeting $${name}; any other $ is written as $$."
  }
}

variable "create_ses_identity" {
  description = "Whether to register the sender with SES. false: it is registered (and verified) already."
  type        = bool
  default     = true
  nullable    = false
}

variable "ses_identity_kind" {
  description = "What is registered with SES as the sender: \"address\" (verified by a click in a mail, enough to try it out) or \"domain\" (of from_address, verified by DNS records, signs with DKIM; for production)."
  type        = string
  default     = "address"
  nullable    = false

  validation {
    condition     = contains(["address", "domain"], var.ses_identity_kind)
    error_message = "ses_identity_kind must be \"address\" or \"domain\"."
  }
}

variable "create_ses_configuration_set" {
  description = "Whether to create an SES configuration set (delivery by TLS only, reputation metrics) and send with it."
  type        = bool
  default     = true
  nullable    = false
}

variable "ses_sandbox_recipients" {
  description = "Addresses or domains registered in this account's SES that mails go to while the account is in the SES sandbox. There SES asks for the right to use the recipient's identity too. Empty outside the sandbox."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for recipient in var.ses_sandbox_recipients : can(regex("^([^@\\s*/]+@)?[A-Za-z0-9-]+(\\.[A-Za-z0-9-]+)+$", recipient))])
    error_message = "ses_sandbox_recipients must be mail addresses or domains."
  }
}

variable "state_machine_type" {
  description = "\"STANDARD\": one execution for each new user, with its history, and retries that outlast a busy SES. \"EXPRESS\": about a seventieth of the price, but a record delivered twice starts two executions (the claim still keeps it to one mail), everything must end within 5 minutes, so less is retried, and only failures are logged. docs/adr/0011-standard-or-express.md has both in full; a change replaces the state machine."
  type        = string
  default     = "STANDARD"
  nullable    = false

  validation {
    condition     = contains(["STANDARD", "EXPRESS"], var.state_machine_type)
    error_message = "state_machine_type must be \"STANDARD\" or \"EXPRESS\"."
  }
}

variable "user_stream" {
  description = "How the stream of the table User is read: records handed over at once, seconds to wait for a batch to fill, batches of one shard under way at once."
  type = object({
    batch_size                         = optional(number, 10)
    maximum_batching_window_in_seconds = optional(number, 0)
    parallelization_factor             = optional(number, 1)
  })
  default  = {}
  nullable = false
}

# --- profile images ---

variable "thumbnail_engine" {
  description = "What makes the thumbnails: \"pillow\" (in the function itself) or \"tinypng\" (the web service; needs tinypng_api_key)."
  type        = string
  default     = "pillow"
  nullable    = false

  validation {
    condition     = contains(["pillow", "tinypng"], var.thumbnail_engine)
    error_message = "thumbnail_engine must be \"pillow\" or \"tinypng\"."
  }
}

variable "thumbnail_fit" {
  description = "How a picture comes to 150 x 150: \"fit\" (all of it, no enlarging) or \"cover\" (fills the square, the rest cut off)."
  type        = string
  default     = "fit"
  nullable    = false

  validation {
    condition     = contains(["fit", "cover"], var.thumbnail_fit)
    error_message = "thumbnail_fit must be \"fit\" or \"cover\"."
  }
}

variable "thumbnail_memory_size" {
  description = "Memory of create_thumbnail in MiB. Half of it is what decoding one picture may hold."
  type        = number
  default     = 1024
  nullable    = false

  validation {
    condition     = var.thumbnail_memory_size >= 256 && var.thumbnail_memory_size <= 10240 && floor(var.thumbnail_memory_size) == var.thumbnail_memory_size
    error_message = "thumbnail_memory_size must be a whole number of MiB from 256 to 10240."
  }
}

variable "max_image_bytes" {
  description = "Size of the largest upload that gets a thumbnail, in bytes."
  type        = number
  default     = 67108864 # 64 MiB: a phone's photograph of 200 megapixels has 30 to 60 MB
  nullable    = false

  validation {
    condition     = var.max_image_bytes >= 1 && floor(var.max_image_bytes) == var.max_image_bytes
    error_message = "max_image_bytes must be a whole number of bytes above 0."
  }

  validation {
    # Beside the upload, half of the memory is for decoding and some 100 MiB are Python and its packages.
    condition     = var.max_image_bytes <= (var.thumbnail_memory_size / 2 - 100) * 1024 * 1024
    error_message = "max_image_bytes is more than fits into the memory: it must be at most (thumbnail_memory_size / 2 - 100) MiB."
  }
}

variable "tinypng_api_key" {
  description = "Key of the TinyPNG web service; goes to SSM Parameter Store and into no state or plan. Best given as TF_VAR_tinypng_api_key."
  type        = string
  default     = null
  ephemeral   = true
  sensitive   = true

  validation {
    condition     = var.thumbnail_engine != "tinypng" || try(length(trimspace(var.tinypng_api_key)) > 0, false)
    error_message = "thumbnail_engine = \"tinypng\" needs tinypng_api_key: set TF_VAR_tinypng_api_key."
  }
}

variable "tinypng_api_key_version" {
  description = "Raise it by one to have a changed tinypng_api_key stored: Terraform never reads the key back, so it can't see the change."
  type        = number
  default     = 1
  nullable    = false

  validation {
    condition     = var.tinypng_api_key_version >= 1 && floor(var.tinypng_api_key_version) == var.tinypng_api_key_version
    error_message = "tinypng_api_key_version must be a whole number above 0."
  }
}

variable "tinypng_base_url" {
  description = "Address of the TinyPNG web service, without a path."
  type        = string
  default     = "https://api.tinify.com"
  nullable    = false

  validation {
    # What create_thumbnail takes: it sends the key there, so plain http only to the machine itself.
    condition = (
      can(regex("^(https://([A-Za-z0-9.-]+|\\[::1\\])|http://(127\\.0\\.0\\.1|localhost|\\[::1\\]))(:[0-9]{1,5})?/?$", var.tinypng_base_url))
      && try(tonumber(regex(":([0-9]+)/?$", var.tinypng_base_url)[0]) <= 65535, true)
    )
    error_message = "tinypng_base_url must be of the form https://host or https://host:port, without a path. Plain http is only for the machine itself."
  }
}

variable "user_profile_stream" {
  description = "How the stream of the table user-profile is read: records handed over at once, seconds to wait for a batch to fill, batches of one shard under way at once."
  type = object({
    # A batch must be done within the function's 60 seconds: 12 for a picture. The slowest that was
    # measured takes some 3: docs/cost-and-limits.md
    batch_size                         = optional(number, 5)
    maximum_batching_window_in_seconds = optional(number, 0)
    parallelization_factor             = optional(number, 2)
  })
  default  = {}
  nullable = false
}

variable "abort_incomplete_multipart_upload_days" {
  description = "Days after which the parts of an upload that was never finished are removed. null: never."
  type        = number
  default     = 7

  validation {
    condition     = try(var.abort_incomplete_multipart_upload_days >= 1, var.abort_incomplete_multipart_upload_days == null)
    error_message = "abort_incomplete_multipart_upload_days must be 1 or more, or null."
  }
}

variable "noncurrent_version_expiration_days" {
  description = "Days after which a replaced or deleted picture (or zip, in the artifacts bucket) is removed for good. null: never."
  type        = number
  default     = 30

  validation {
    condition     = try(var.noncurrent_version_expiration_days >= 1, var.noncurrent_version_expiration_days == null)
    error_message = "noncurrent_version_expiration_days must be 1 or more, or null."
  }
}

# --- operation ---

variable "log_level" {
  description = "Least level that the functions log."
  type        = string
  default     = "INFO"
  nullable    = false

  validation {
    condition     = contains(["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"], var.log_level)
    error_message = "log_level must be DEBUG, INFO, WARNING, ERROR or CRITICAL."
  }
}

variable "log_retention_days" {
  description = "Days that logs are kept."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "log_retention_days must be one of the numbers that CloudWatch Logs knows: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653."
  }
}

variable "force_destroy" {
  description = "Whether `terraform destroy` may remove tables and pictures with all they hold. true switches off the tables' deletion protection."
  type        = bool
  default     = false
  nullable    = false
}
