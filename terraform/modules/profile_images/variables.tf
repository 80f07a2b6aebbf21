variable "name_prefix" {
  description = "Start of every name."
  type        = string
  nullable    = false
}

variable "artifacts_bucket" {
  description = "Bucket that Lambda fetches the zips from."
  type        = string
  nullable    = false
}

variable "packages" {
  description = "The finished zips by function: path and what the manifest says of each."
  type = map(object({
    path             = string
    sha256           = string
    source_code_hash = string
    handler          = string
    runtime          = string
    architecture     = string
  }))
  nullable = false

  validation {
    condition     = length(setsubtract(["set_profile_image", "create_thumbnail", "remove_profile_images"], keys(var.packages))) == 0
    error_message = "manifest.json lacks one of set_profile_image, create_thumbnail, remove_profile_images: run `make build` again."
  }
}

variable "layer_packages" {
  description = "The finished layer zips by layer: path and what the manifest says of each."
  type = map(object({
    path             = string
    sha256           = string
    source_code_hash = string
    runtime          = string
    architecture     = string
  }))
  nullable = false

  validation {
    condition     = contains(keys(var.layer_packages), "pillow")
    error_message = "manifest.json lacks the layer pillow: run `make build` again."
  }
}

variable "thumbnail_engine" {
  description = "What makes the thumbnails: \"pillow\" or \"tinypng\"."
  type        = string
  nullable    = false

  validation {
    condition     = contains(["pillow", "tinypng"], var.thumbnail_engine)
    error_message = "thumbnail_engine must be \"pillow\" or \"tinypng\"."
  }
}

variable "thumbnail_fit" {
  description = "How a picture comes to 150 x 150: \"fit\" or \"cover\"."
  type        = string
  nullable    = false
}

variable "thumbnail_memory_size" {
  description = "Memory of create_thumbnail in MiB. Half of it is what decoding one picture may hold."
  type        = number
  nullable    = false
}

variable "max_image_bytes" {
  description = "Size of the largest upload that gets a thumbnail, in bytes."
  type        = number
  nullable    = false
}

variable "tinypng_api_key" {
  description = "Key of the TinyPNG web service; null with the other engine."
  type        = string
  default     = null
  ephemeral   = true
  sensitive   = true
}

variable "tinypng_api_key_version" {
  description = "Raised to have a changed key stored."
  type        = number
  default     = 1
  nullable    = false
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

variable "abort_incomplete_multipart_upload_days" {
  description = "Days after which the parts of an upload that was never finished are removed. null: never."
  type        = number
  default     = null
}

variable "noncurrent_version_expiration_days" {
  description = "Days after which a replaced or deleted picture is removed for good. null: never."
  type        = number
  default     = null
}

variable "stream" {
  description = "How the table's stream is read: see dynamodb_stream_trigger."
  type = object({
    batch_size                         = number
    maximum_batching_window_in_seconds = number
    parallelization_factor             = number
  })
  nullable = false
}

variable "log_level" {
  description = "Least level that the functions log."
  type        = string
  nullable    = false
}

variable "log_retention_days" {
  description = "Days that logs are kept."
  type        = number
  nullable    = false
}

variable "force_destroy" {
  description = "Whether table and bucket may be destroyed with all they hold."
  type        = bool
  nullable    = false
}

variable "upload_page_origins" {
  description = "Origins of pages whose scripts upload pictures by form (POST). null: none."
  type        = list(string)
  default     = null
}

variable "enable_tracing" {
  description = "Whether the functions send traces to X-Ray."
  type        = bool
  default     = false
  nullable    = false
}

variable "kms_key_arn" {
  description = "ARN of the key that encrypts table, bucket, queues, logs and TinyPNG's key. null: a key of AWS's."
  type        = string
  default     = null
}
