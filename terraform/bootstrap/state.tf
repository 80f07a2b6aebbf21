# The state, its lock, and the plans that wait for approval. Rights on the state and its lock:
# https://developer.hashicorp.com/terraform/language/backend/s3#permissions-required
data "aws_iam_policy_document" "plan_state" {
  statement {
    sid       = "FindState"
    actions   = ["s3:ListBucket"]
    resources = [local.state_bucket]

    condition {
      test     = "StringEquals"
      variable = "s3:prefix"
      values   = local.state_prefixes
    }
  }

  statement {
    sid       = "ReadState"
    actions   = ["s3:GetObject"]
    resources = [local.state_object]
  }

  statement {
    sid       = "LockState"
    actions   = ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"]
    resources = [local.lock_object]
  }

  # Not as an artifact of GitHub, which everybody can read in a public repository: a plan holds account data.
  statement {
    sid       = "StorePlan"
    actions   = ["s3:PutObject"]
    resources = [local.plans_objects]

    # No plan is replaced: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html
    condition {
      test     = "Null"
      variable = "s3:if-none-match"
      values   = ["false"]
    }
  }

  dynamic "statement" {
    for_each = var.state_kms_key_arn[*]

    content {
      sid       = "UseKeyOfState"
      actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
      resources = [statement.value]

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = ["s3.${split(":", statement.value)[3]}.${local.dns_suffix}"] # the bucket's region
      }
    }
  }
}

data "aws_iam_policy_document" "deploy_state" {
  statement {
    sid       = "FindStateAndPlan"
    actions   = ["s3:ListBucket"]
    resources = [local.state_bucket]

    condition {
      test     = "StringLike"
      variable = "s3:prefix"
      values   = concat(local.state_prefixes, [local.plans])
    }
  }

  statement {
    sid       = "ReadAndWriteState"
    actions   = ["s3:GetObject", "s3:PutObject"]
    resources = [local.state_object]
  }

  statement {
    sid       = "LockState"
    actions   = ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"]
    resources = [local.lock_object]
  }

  # What was approved: it can't write one itself.
  statement {
    sid       = "FetchPlan"
    actions   = ["s3:GetObject"]
    resources = [local.plans_objects]
  }

  dynamic "statement" {
    for_each = var.state_kms_key_arn[*]

    content {
      sid       = "UseKeyOfState"
      actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
      resources = [statement.value]

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = ["s3.${split(":", statement.value)[3]}.${local.dns_suffix}"] # the bucket's region
      }
    }
  }
}
