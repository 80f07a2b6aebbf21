# Read in this order: bucket.tf, set_profile_image.tf, table.tf, create_thumbnail.tf, tinypng.tf.
data "aws_caller_identity" "current" {}
