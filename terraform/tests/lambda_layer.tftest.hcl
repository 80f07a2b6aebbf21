mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  name             = "pillow"
  layer_name       = "onboarding-pillow"
  description      = "Pillow"
  artifacts_bucket = "artifacts"
  package = {
    path             = "tests/fixtures/packages/pillow.zip"
    sha256           = "922f4b38ce5e61b4bfa392543704a115a5260e1f7a12545e97207aea86184232"
    source_code_hash = "aGFzaA=="
    runtime          = "python3.13"
    architecture     = "arm64"
  }
}

run "layer" {
  module { source = "./modules/lambda_layer" }

  assert {
    condition     = module.artifact.key == "layers/pillow/${var.package.sha256}.zip" && aws_lambda_layer_version.this.s3_key == module.artifact.key
    error_message = "The layer must be the object whose key contains the hash."
  }

  assert {
    condition = (
      aws_lambda_layer_version.this.compatible_runtimes == toset(["python3.13"])
      && aws_lambda_layer_version.this.compatible_architectures == toset(["arm64"])
    )
    error_message = "Runtime and architecture must come from the build."
  }
}
