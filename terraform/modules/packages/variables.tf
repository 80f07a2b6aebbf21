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

variable "build_dir" {
  description = "Folder with the zips and the manifest.json that `make build` writes."
  type        = string
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
    error_message = "${var.build_dir}/manifest.json does not have schema_version 1: run `make build` again."
  }
}

variable "abort_incomplete_multipart_upload_days" {
  description = "Days until S3 removes the parts of an unfinished upload. null: the default of private_bucket; 0: never."
  type        = number
  default     = null
}

variable "noncurrent_version_expiration_days" {
  description = "Days until S3 removes replaced and deleted zips permanently. null: the default of private_bucket; 0: never."
  type        = number
  default     = null
}
