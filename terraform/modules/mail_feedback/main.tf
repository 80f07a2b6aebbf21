# Read in this order: topic.tf, queue.tf, function.tf.
data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  name       = "${var.name_prefix}-mail-feedback"
  account_id = data.aws_caller_identity.current.account_id

  # Known before topic and queue exist, so that each is made with its policy by one call.
  topic_arn = "arn:${data.aws_partition.current.partition}:sns:${data.aws_region.current.name}:${local.account_id}:${local.name}"
  queue_arn = "arn:${data.aws_partition.current.partition}:sqs:${data.aws_region.current.name}:${local.account_id}:${local.name}"
}
