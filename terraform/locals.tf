data "aws_caller_identity" "current" {}

locals {
  account_id = data.aws_caller_identity.current.account_id

  # Written by build.py. var.build_dir's validation says what to do where it is missing; the empty
  # stand-in only keeps this expression from failing first, with a message that says less.
  manifest_path = "${var.build_dir}/manifest.json"
  manifest = jsondecode(
    fileexists(local.manifest_path)
    ? file(local.manifest_path)
    : "{\"target\": {\"runtime\": \"\", \"architecture\": \"\"}, \"functions\": {}, \"layers\": {}}"
  )

  # Runtime and architecture come from the build, so a package and its function can't disagree.
  function_packages = {
    for name, package in local.manifest.functions : name => {
      path             = "${var.build_dir}/${package.file}"
      sha256           = package.sha256
      source_code_hash = package.source_code_hash
      handler          = package.handler
      runtime          = local.manifest.target.runtime
      architecture     = local.manifest.target.architecture
    }
  }

  layer_packages = {
    for name, package in local.manifest.layers : name => {
      path             = "${var.build_dir}/${package.file}"
      sha256           = package.sha256
      source_code_hash = package.source_code_hash
      runtime          = local.manifest.target.runtime
      architecture     = local.manifest.target.architecture
    }
  }
}
