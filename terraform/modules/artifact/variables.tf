variable "bucket" {
  description = "Bucket to upload the zip to."
  type        = string
  nullable    = false
}

variable "key_prefix" {
  description = "Folders that the zip's key starts with, ending with a slash."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^([a-z0-9_-]+/)+$", var.key_prefix))
    error_message = "key_prefix must be folders, each followed by a slash, such as \"layers/pillow/\"."
  }
}

variable "package" {
  description = "Path of the zip, and its hexadecimal SHA-256 from the manifest."
  type = object({
    path   = string
    sha256 = string
  })
  nullable = false
}
