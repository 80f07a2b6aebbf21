# Read in this order: topic.tf, the alarms (alarms_functions.tf, alarms_queues.tf,
# alarms_state_machines.tf, alarms_http_apis.tf, alarms_mail.tf, alarms_topics.tf), dashboard.tf. Each kind of
# alarm has a page in docs/runbooks/, named after the end of the alarm's name.
locals {
  # Every alarm is told to the same people. Not when it ends: a new alarm goes to OK by itself, so each
  # deployment would send a mail for each of them.
  alarm_actions = [aws_sns_topic.this.arn]

  # Most metrics are made by a call: where nothing is called there is none, and nothing wrong.
  # What is not so is set on the alarm itself, with its reason.
  without_calls = "notBreaching"

  # Five minutes, two of three: a fault that retries get over is no reason to wake somebody, one that goes
  # on is. What a retry did not get over is in a failure queue, which is told of at once.
  period_seconds = 300

  # No dot behind an address: many mail programs would make it part of the link.
  runbooks = "What to do: ${var.runbook_url == null ? "docs/runbooks" : trimsuffix(var.runbook_url, "/")}"
}
