resource "aws_s3_object" "this" {
  bucket = var.artifacts_bucket
  # The name follows from the content, so a key never changes its meaning.
  key    = "layers/${var.name}/${var.package.sha256}.zip"
  source = var.package.path

  # S3 allows an object 10 tags, and the deployment's tags may be more.
  override_provider {
    default_tags {
      tags = {}
    }
  }

  lifecycle {
    create_before_destroy = true

    # Where the zip lay when it was uploaded says nothing of its content: the key does.
    ignore_changes = [source]

    precondition {
      condition     = fileexists(var.package.path)
      error_message = "There is no ${var.package.path}: run `make build` first."
    }

    precondition {
      condition     = !fileexists(var.package.path) || try(filesha256(var.package.path) == var.package.sha256, false)
      error_message = "${var.package.path} is not the file that manifest.json describes: run `make build` again."
    }
  }
}

resource "aws_lambda_layer_version" "this" {
  layer_name               = var.layer_name
  description              = var.description
  compatible_runtimes      = [var.package.runtime]
  compatible_architectures = [var.package.architecture]

  s3_bucket        = aws_s3_object.this.bucket
  s3_key           = aws_s3_object.this.key
  source_code_hash = var.package.source_code_hash

  lifecycle {
    # Functions must have the new version before the old one goes.
    create_before_destroy = true
  }
}
