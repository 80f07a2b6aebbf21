module "artifact" {
  source = "../artifact"

  bucket     = var.artifacts_bucket
  key_prefix = "layers/${var.name}/"
  package    = var.package
}

resource "aws_lambda_layer_version" "this" {
  layer_name               = var.layer_name
  description              = var.description
  compatible_runtimes      = [var.package.runtime]
  compatible_architectures = [var.package.architecture]

  s3_bucket        = module.artifact.bucket
  s3_key           = module.artifact.key
  source_code_hash = var.package.source_code_hash

  lifecycle {
    # Functions switch to the new version before the old one is deleted.
    create_before_destroy = true
  }
}
