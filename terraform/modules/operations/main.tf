# Read in this order: topic.tf, alarms_functions.tf, alarms_queues.tf, alarms_state_machines.tf,
# alarms_http_apis.tf, alarms_mail.tf, alarms_topics.tf, dashboard.tf. Each kind of alarm has a page in
# docs/runbooks/, named after the end of the alarm's name.
locals {
  # All alarms go to one topic. No ok_actions: a new alarm changes to OK by itself, so each deployment would
  # send a mail for each new alarm.
  alarm_actions = [aws_sns_topic.this.arn]

  # Most metrics exist only after an invocation, so a missing metric is fine. Alarms that differ set their own
  # treat_missing_data and say why.
  without_calls = "notBreaching"

  # 5 minutes; errors must occur in two of three periods, as retries recover from short faults. Events that
  # retries did not recover are in a failure queue, which has its own immediate alarm.
  period_seconds = 300

  # No full stop after the URL: many mail programs would include it in the link.
  runbooks = "What to do: ${var.runbook_url == null ? "docs/runbooks" : trimsuffix(var.runbook_url, "/")}"
}
