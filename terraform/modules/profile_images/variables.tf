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

variable "packages" {
  description = "The zips of `make build`. Pass module.packages."
  type = object({
    bucket = string
    function_packages = map(object({
      path             = string
      sha256           = string
      source_code_hash = string
      handler          = string
      runtime          = string
      architecture     = string
    }))
    layer_packages = map(object({
      path             = string
      sha256           = string
      source_code_hash = string
      runtime          = string
      architecture     = string
    }))
  })
  nullable = false

  validation {
    condition     = length(setsubtract(["set_profile_image", "create_thumbnail", "remove_profile_images"], keys(var.packages.function_packages))) == 0
    error_message = "manifest.json lacks one of set_profile_image, create_thumbnail, remove_profile_images: run `make build` again."
  }

  validation {
    condition     = contains(keys(var.packages.layer_packages), "pillow")
    error_message = "manifest.json lacks the layer pillow: run `make build` again."
  }

  validation {
    condition     = !var.thumbnails.heic || contains(keys(var.packages.layer_packages), "heic")
    error_message = "thumbnails.heic needs the layer heic, which manifest.json lacks: run `make build` again."
  }
}

variable "thumbnails" {
  description = "Sizes, engine, fit and memory for making thumbnails."
  type = object({
    # Longest sides in pixels. 150 is the contract's, below thumbnails/; others lie below thumbnails-<size>/. 300 is
    # for screens with two pixels for each of CSS.
    sizes = optional(list(number), [150, 300])
    # Sizes that were in `sizes` once: pictures of them are still removed. Leave a size here for good.
    former_sizes = optional(list(number), [])
    # "pillow" (in the function) or "tinypng" (the web service; needs tinypng_api_key).
    engine = optional(string, "pillow")
    # "fit" (the whole picture, not enlarged) or "cover" (fills a square and crops the rest).
    fit = optional(string, "fit")
    # Memory of create_thumbnail in MiB. Half of it is for decoding a picture.
    memory_size = optional(number, 1024)
    # Whether HEIC pictures are taken: attaches the layer heic. Its licences and patents: docs/pictures.md.
    heic = optional(bool, false)
    # Increment it to store a changed key: Terraform never reads the key back, so it can't detect the change.
    tinypng_api_key_version = optional(number, 1)
    # URL of the web service, without a path.
    tinypng_base_url = optional(string, "https://api.tinify.com")
  })
  default  = {}
  nullable = false

  validation {
    condition     = contains(var.thumbnails.sizes, 150) && length(var.thumbnails.sizes) <= 4
    error_message = "thumbnails.sizes must hold 150, the contract's, and at most 3 others."
  }

  validation {
    condition     = alltrue([for size in concat(var.thumbnails.sizes, var.thumbnails.former_sizes) : size >= 16 && size <= 1024 && floor(size) == size])
    error_message = "thumbnails.sizes and thumbnails.former_sizes must be whole numbers of pixels from 16 to 1024."
  }

  validation {
    condition     = length(distinct(concat(var.thumbnails.sizes, var.thumbnails.former_sizes))) == length(var.thumbnails.sizes) + length(var.thumbnails.former_sizes)
    error_message = "thumbnails.sizes and thumbnails.former_sizes must hold each size once. A size that is made again goes back to sizes."
  }

  validation {
    # Each removal of a picture looks at all of them.
    condition     = length(var.thumbnails.former_sizes) <= 8
    error_message = "thumbnails.former_sizes may hold 8 sizes."
  }

  validation {
    condition     = contains(["pillow", "tinypng"], var.thumbnails.engine)
    error_message = "thumbnails.engine must be \"pillow\" or \"tinypng\"."
  }

  validation {
    condition     = !var.thumbnails.heic || var.thumbnails.engine == "pillow"
    error_message = "thumbnails.heic needs thumbnails.engine = \"pillow\": TinyPNG takes no HEIC."
  }

  validation {
    condition     = contains(["fit", "cover"], var.thumbnails.fit)
    error_message = "thumbnails.fit must be \"fit\" or \"cover\"."
  }

  validation {
    condition     = var.thumbnails.memory_size >= 256 && var.thumbnails.memory_size <= 10240 && floor(var.thumbnails.memory_size) == var.thumbnails.memory_size
    error_message = "thumbnails.memory_size must be a whole number of MiB from 256 to 10240."
  }

  validation {
    condition     = var.thumbnails.tinypng_api_key_version >= 1 && floor(var.thumbnails.tinypng_api_key_version) == var.thumbnails.tinypng_api_key_version
    error_message = "thumbnails.tinypng_api_key_version must be a whole number above 0."
  }

  validation {
    # create_thumbnail makes the same check. It sends the key there, so plain HTTP is only for the machine itself.
    condition = (
      can(regex("^(https://([A-Za-z0-9.-]+|\\[::1\\])|http://(127\\.0\\.0\\.1|localhost|\\[::1\\]))(:[0-9]{1,5})?/?$", var.thumbnails.tinypng_base_url))
      && try(tonumber(regex(":([0-9]+)/?$", var.thumbnails.tinypng_base_url)[0]) <= 65535, true)
    )
    error_message = "thumbnails.tinypng_base_url must be https://host or https://host:port, without a path. Plain HTTP is allowed only for the machine itself."
  }
}

variable "tinypng_api_key" {
  description = "API key of TinyPNG, required with the engine \"tinypng\". SSM Parameter Store keeps it; plan and state do not."
  type        = string
  default     = null
  ephemeral   = true
  sensitive   = true

  validation {
    condition     = var.thumbnails.engine != "tinypng" || try(length(trimspace(var.tinypng_api_key)) > 0, false)
    error_message = "thumbnails.engine = \"tinypng\" needs tinypng_api_key: set TF_VAR_tinypng_api_key."
  }
}

variable "uploads" {
  description = "Size limit of uploads, and cleanup of the bucket."
  type = object({
    # Maximum bytes of an upload that gets a thumbnail. 64 MiB: a phone's 200-megapixel photo has 30 to 60 MB.
    max_image_bytes = optional(number, 67108864)
    # Days until S3 removes the parts of an unfinished upload. 0: never. null: 7.
    abort_incomplete_multipart_upload_days = optional(number)
    # Days until S3 removes replaced and deleted pictures permanently. 0: never. null: 30.
    noncurrent_version_expiration_days = optional(number)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.uploads.max_image_bytes >= 1 && floor(var.uploads.max_image_bytes) == var.uploads.max_image_bytes
    error_message = "uploads.max_image_bytes must be a whole number of bytes above 0."
  }

  validation {
    # Half of the memory is for decoding, and about 100 MiB are for Python and its packages.
    condition     = var.uploads.max_image_bytes <= (var.thumbnails.memory_size / 2 - 100) * 1024 * 1024
    error_message = "uploads.max_image_bytes exceeds the memory: it must be at most (thumbnails.memory_size / 2 - 100) MiB."
  }
}

variable "stream" {
  description = "How Lambda reads the table's stream."
  type = object({
    # Maximum number of records in a batch. All pictures of a batch share the function's time-out of 60 seconds, so
    # each needs room for twice what the costliest takes, 3 seconds of a processor: at most 5 at 1,024 MiB, 1 at 256.
    # 1 with TinyPNG.
    batch_size = optional(number, 1)
    # Maximum seconds to wait for a batch to fill.
    maximum_batching_window_in_seconds = optional(number, 0)
    # Concurrent batches of one shard.
    parallelization_factor = optional(number, 1)
  })
  default  = {}
  nullable = false

  validation {
    # Lambda gives a function a whole processor at 1,769 MiB, and below that its share.
    condition = var.stream.batch_size <= max(1,
      var.thumbnails.engine == "tinypng" ? 1 : floor(60 / (2 * 3 * 1769 / min(var.thumbnails.memory_size, 1769)))
    )
    error_message = "stream.batch_size is too large: all pictures of a batch must fit into one time-out. At most 1 with TinyPNG; else 60 / (6 * 1769 / thumbnails.memory_size), which is 5 at 1024 MiB."
  }
}

variable "force_destroy" {
  description = "Whether `terraform destroy` may delete the table and the bucket with their contents."
  type        = bool
  default     = false
  nullable    = false
}

variable "delivery" {
  description = "The distribution that serves the thumbnails. Pass module.delivery's output for_pictures. null: none."
  type = object({
    # Statement of the bucket's policy that lets it read.
    bucket_policy_json = string
    # Where removed pictures are invalidated. null: nowhere.
    invalidation = optional(object({ distribution_id = string, distribution_arn = string }))
  })
  default = null
}

variable "upload_page_origins" {
  description = "Origins of pages whose scripts upload pictures by PUT. null: none."
  type        = list(string)
  default     = null
}
