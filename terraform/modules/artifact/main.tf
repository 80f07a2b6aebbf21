resource "aws_s3_object" "this" {
  bucket = var.bucket
  # The name follows from the content, so a key never changes its meaning, and a zip is uploaded only
  # when its content changed.
  key    = "${var.key_prefix}${var.package.sha256}.zip"
  source = var.package.path

  # S3 allows an object 10 tags, and the deployment's tags may be more.
  override_provider {
    default_tags {
      tags = {}
    }
  }

  lifecycle {
    # What uses the zip is pointed to the new one before the old one goes.
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
