variable "bucket" {
  description = "Bucket that the zip is uploaded to."
  type        = string
  nullable    = false
}

variable "key_prefix" {
  description = "Start of the zip's key: folders, with a slash at the end."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^([a-z0-9_-]+/)+$", var.key_prefix))
    error_message = "key_prefix must be folders with a slash behind each, such as \"layers/pillow/\"."
  }
}

variable "package" {
  description = "The finished zip: its path and the SHA-256 (hexadecimal) that the manifest says it has."
  type = object({
    path   = string
    sha256 = string
  })
  nullable = false
}
