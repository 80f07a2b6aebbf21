# Read in this order: api.tf, function.tf, state_table.tf, session_key.tf, domain.tf.
data "aws_caller_identity" "current" {}
data "aws_region" "current" {}
