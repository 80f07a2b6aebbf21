variable "name" {
  description = "Name of the layer's folder in layers/."
  type        = string
  nullable    = false
}

variable "layer_name" {
  description = "Name of the layer in AWS."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,140}$", var.layer_name))
    error_message = "layer_name must be 1 to 140 letters, digits, hyphens and underscores."
  }
}

variable "description" {
  description = "Description of the layer in AWS."
  type        = string
  nullable    = false

  validation {
    condition     = length(var.description) <= 256
    error_message = "description must have at most 256 characters."
  }
}

variable "artifacts_bucket" {
  description = "Bucket that Lambda fetches the zip from."
  type        = string
  nullable    = false
}

variable "package" {
  description = "Path of the zip, and its entry in the manifest."
  type = object({
    path             = string
    sha256           = string
    source_code_hash = string
    runtime          = string
    architecture     = string
  })
  nullable = false
}
