# For deployments older than the enable_* variables. tests/terraform/test_moved.py checks these.
moved {
  from = module.artifacts
  to   = module.packages.module.bucket
}

moved {
  from = module.user_activation
  to   = module.user_activation[0]
}

moved {
  from = module.profile_images
  to   = module.profile_images[0]
}

moved {
  from = module.operations[0].aws_cloudwatch_metric_alarm.bounce_rate
  to   = module.operations[0].aws_cloudwatch_metric_alarm.bounce_rate[0]
}

moved {
  from = module.operations[0].aws_cloudwatch_metric_alarm.complaint_rate
  to   = module.operations[0].aws_cloudwatch_metric_alarm.complaint_rate[0]
}

moved {
  from = module.profile_images[0].module.left_images_stream
  to   = module.profile_images[0].module.replaced_images_stream
}
