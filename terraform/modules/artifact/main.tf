resource "aws_s3_object" "this" {
  bucket = var.bucket
  # The content's hash is the name: a zip is uploaded only when its content changed.
  key    = "${var.key_prefix}${var.package.sha256}.zip"
  source = var.package.path

  # An S3 object may have 10 tags; the deployment may have more.
  override_provider {
    default_tags {
      tags = {}
    }
  }

  lifecycle {
    # Functions and layers switch to the new zip before the old one is deleted.
    create_before_destroy = true

    # A new local path must not cause an upload: the key identifies the content.
    ignore_changes = [source]

    precondition {
      condition     = fileexists(var.package.path)
      error_message = "There is no ${var.package.path}: run `make build` first."
    }

    precondition {
      condition     = !fileexists(var.package.path) || try(filesha256(var.package.path) == var.package.sha256, false)
      error_message = "${var.package.path} does not have the SHA-256 in manifest.json: run `make build` again."
    }
  }
}
