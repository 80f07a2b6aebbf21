variable "build_dir" {
  description = "Folder that `make build` wrote the zips to."
  type        = string
  default     = "../../../build"
  nullable    = false
}
