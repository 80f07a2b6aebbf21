# An account has at most one for a URL.
resource "aws_iam_openid_connect_provider" "github" {
  count = var.create_oidc_provider ? 1 : 0

  url            = "https://${local.github_host}"
  client_id_list = [local.audience]
}

data "aws_iam_openid_connect_provider" "github" {
  count = var.create_oidc_provider ? 0 : 1

  arn = "arn:${local.partition}:iam::${local.account}:oidc-provider/${local.github_host}"

  lifecycle {
    postcondition {
      condition     = contains(self.client_id_list, local.audience)
      error_message = "The account's OIDC provider for GitHub does not accept the audience ${local.audience}: add it to its client IDs."
    }
  }
}

locals {
  github_host = "token.actions.githubusercontent.com"
  audience    = "sts.amazonaws.com"

  oidc_provider_arn = one(concat(aws_iam_openid_connect_provider.github[*].arn, data.aws_iam_openid_connect_provider.github[*].arn))

  # Who may assume which role. A job with an environment has that one in its subject, and not its branch: GitHub's
  # environment, named like this one, must have reviewers and allow main alone.
  # https://docs.github.com/en/actions/reference/security/oidc#example-subject-claims
  subjects = {
    plan   = "repo:${var.github_repository}:ref:refs/heads/main"
    deploy = "repo:${var.github_repository}:environment:${var.environment}"
  }
}

# https://docs.github.com/en/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-aws
data "aws_iam_policy_document" "trust" {
  for_each = local.subjects

  statement {
    sid     = "LetGitHubJobAssume"
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = [local.oidc_provider_arn]
    }

    condition {
      test     = "StringEquals"
      variable = "${local.github_host}:aud"
      values   = [local.audience]
    }

    condition {
      test     = "StringEquals"
      variable = "${local.github_host}:sub"
      values   = [each.value]
    }
  }
}
