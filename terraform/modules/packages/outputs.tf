output "bucket" {
  description = "Name of the bucket that Lambda fetches the zips from."
  value       = module.bucket.bucket_name
}

# Runtime and architecture come from the build, so a zip and its function always match.
output "function_packages" {
  description = "Zips of the functions by folder in lambdas/, each with its path and its entry in the manifest."
  value = {
    for name, package in local.manifest.functions : name => {
      path             = "${var.build_dir}/${package.file}"
      sha256           = package.sha256
      source_code_hash = package.source_code_hash
      handler          = package.handler
      runtime          = local.manifest.target.runtime
      architecture     = local.manifest.target.architecture
    }
  }
}

output "layer_packages" {
  description = "Zips of the layers by folder in layers/, each with its path and its entry in the manifest."
  value = {
    for name, package in local.manifest.layers : name => {
      path             = "${var.build_dir}/${package.file}"
      sha256           = package.sha256
      source_code_hash = package.source_code_hash
      runtime          = local.manifest.target.runtime
      architecture     = local.manifest.target.architecture
    }
  }
}
