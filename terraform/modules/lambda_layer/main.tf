module "artifact" {
  source = "../artifact"

  bucket     = var.artifacts_bucket
  key_prefix = "layers/${var.name}/"
  package    = var.package
}

# Deployments from before the module "artifact": without this Terraform would upload their zip again
# under the same key, and remove that key.
moved {
  from = aws_s3_object.this
  to   = module.artifact.aws_s3_object.this
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
    # Functions must have the new version before the old one goes.
    create_before_destroy = true
  }
}
