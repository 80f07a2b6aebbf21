# Read in this order: topic.tf, queue.tf, function.tf.
locals {
  name = "${var.context.prefix}-mail-feedback"

  # Built from their parts, so that one call creates each with its policy.
  topic_arn = "arn:${var.context.partition}:sns:${var.context.region}:${var.context.account_id}:${local.name}"
  queue_arn = "arn:${var.context.partition}:sqs:${var.context.region}:${var.context.account_id}:${local.name}"
}
