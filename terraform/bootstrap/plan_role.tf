# Plans on main and at night. What runs in it is code of main: it can read the configuration of everything and, as
# Terraform does, the session key, but no user and no picture.
resource "aws_iam_role" "plan" {
  name                 = "${local.prefix}-plan-${var.region}"
  path                 = local.path
  description          = "Plans ${local.prefix} from GitHub Actions"
  assume_role_policy   = data.aws_iam_policy_document.trust["plan"].json
  max_session_duration = 3600 # IAM's minimum, and what the action asks for
}

resource "aws_iam_role_policy" "plan_state" {
  name   = "state"
  role   = aws_iam_role.plan.name
  policy = data.aws_iam_policy_document.plan_state.minified_json
}

resource "aws_iam_role_policy_attachment" "plan_delivery" {
  count = var.delivery == null ? 0 : 1

  role       = aws_iam_role.plan.name
  policy_arn = aws_iam_policy.this["read-delivery"].arn
}

resource "aws_iam_role_policy_attachment" "plan" {
  role       = aws_iam_role.plan.name
  policy_arn = aws_iam_policy.this["read"].arn
}
