# Read in this order: topic.tf, queue.tf, function.tf.
locals {
  name = "${var.context.prefix}-mail-feedback"

  # Known before topic and queue exist, so that each is made with its policy by one call.
  topic_arn = "arn:${var.context.partition}:sns:${var.context.region}:${var.context.account_id}:${local.name}"
  queue_arn = "arn:${var.context.partition}:sqs:${var.context.region}:${var.context.account_id}:${local.name}"
}
