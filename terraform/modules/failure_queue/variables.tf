variable "name" {
  description = "Name of the queue."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,80}$", var.name))
    error_message = "name must be 1 to 80 letters, digits, hyphens and underscores."
  }
}
