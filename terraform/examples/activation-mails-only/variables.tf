variable "build_dir" {
  description = "Folder with the zips of `make build`."
  type        = string
  default     = "../../../build"
  nullable    = false
}
