mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  bucket     = "artifacts"
  key_prefix = "layers/pillow/"
  package = {
    path   = "tests/fixtures/packages/pillow.zip"
    sha256 = "922f4b38ce5e61b4bfa392543704a115a5260e1f7a12545e97207aea86184232"
  }
}

run "zip" {
  module { source = "./modules/artifact" }

  assert {
    condition     = aws_s3_object.this.bucket == "artifacts" && aws_s3_object.this.source == "tests/fixtures/packages/pillow.zip"
    error_message = "The zip must be uploaded to the bucket."
  }

  assert {
    condition     = aws_s3_object.this.key == "layers/pillow/${var.package.sha256}.zip"
    error_message = "The key must contain the hash of the content."
  }

  assert {
    condition     = output.bucket == aws_s3_object.this.bucket && output.key == aws_s3_object.this.key
    error_message = "The outputs must name the object."
  }
}

# Runs after "zip" and uses its state.
run "same_zip_elsewhere" {
  command = plan
  module { source = "./modules/artifact" }

  variables {
    package = {
      path   = "tests/../tests/fixtures/packages/pillow.zip"
      sha256 = "922f4b38ce5e61b4bfa392543704a115a5260e1f7a12545e97207aea86184232"
    }
  }

  assert {
    condition     = aws_s3_object.this.source == "tests/fixtures/packages/pillow.zip"
    error_message = "A zip with the same content must not be uploaded again."
  }
}

run "zip_is_missing" {
  command = plan
  module { source = "./modules/artifact" }

  variables {
    package = { path = "tests/fixtures/packages/missing.zip", sha256 = "00" }
  }

  expect_failures = [aws_s3_object.this]
}

run "zip_is_another" {
  command = plan
  module { source = "./modules/artifact" }

  variables {
    package = { path = "tests/fixtures/packages/create_thumbnail.zip", sha256 = "00" }
  }

  expect_failures = [aws_s3_object.this]
}

run "bad_prefix" {
  command = plan
  module { source = "./modules/artifact" }
  variables { key_prefix = "layers/pillow" }
  expect_failures = [var.key_prefix]
}
