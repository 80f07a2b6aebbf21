# Read in this order: tables.tf, trigger.tf, state_machine.tf, functions.tf, ses.tf.
data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}
