# Applies an approved plan, records the deployment and runs `make smoke`.
resource "aws_iam_role" "deploy" {
  name                 = "${local.prefix}-deploy-${var.region}"
  path                 = local.path
  description          = "Applies approved plans of ${local.prefix} from GitHub Actions"
  assume_role_policy   = data.aws_iam_policy_document.trust["deploy"].json
  max_session_duration = 3600 # IAM's minimum, and what the action asks for
}

resource "aws_iam_role_policy" "deploy_state" {
  name   = "state"
  role   = aws_iam_role.deploy.name
  policy = data.aws_iam_policy_document.deploy_state.minified_json
}

resource "aws_iam_role_policy_attachment" "deploy" {
  for_each = local.policies

  role       = aws_iam_role.deploy.name
  policy_arn = aws_iam_policy.this[each.key].arn
}

locals {
  # Managed policies, as a role's own may have 10,240 characters together:
  # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
  policies = merge(
    {
      read       = data.aws_iam_policy_document.read.minified_json
      write-code = data.aws_iam_policy_document.write_code.minified_json
      write-data = data.aws_iam_policy_document.write_data.minified_json
      smoke      = data.aws_iam_policy_document.smoke.minified_json
    },
    var.delivery == null ? {} : {
      read-delivery  = data.aws_iam_policy_document.read_delivery.minified_json
      write-delivery = data.aws_iam_policy_document.write_delivery.minified_json
    },
  )
}

resource "aws_iam_policy" "this" {
  for_each = local.policies

  name   = "${local.prefix}-${each.key}-${var.region}"
  path   = local.path
  policy = each.value

  lifecycle {
    precondition {
      condition     = length(each.value) <= 6144
      error_message = "The policy \"${each.key}\" has ${length(each.value)} characters, and IAM takes 6,144: shorten sandbox_recipients or former_kms_key_arns."
    }
  }
}
