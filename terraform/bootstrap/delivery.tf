# With delivery alone. CloudFront knows what it makes by ids that it chooses, so this is each distribution of the
# account, and each of these policies: docs/adr/0040-two-roles-and-a-boundary.md
data "aws_iam_policy_document" "read_delivery" {
  statement {
    sid       = "Distribution"
    actions   = ["cloudfront:GetDistribution", "cloudfront:ListTagsForResource"]
    resources = local.distributions
  }

  statement {
    sid = "PoliciesOfDistribution"
    actions = [
      "cloudfront:GetCachePolicy",
      "cloudfront:GetOriginAccessControl",
      "cloudfront:GetResponseHeadersPolicy",
    ]
    resources = local.delivery_policies
  }
}

data "aws_iam_policy_document" "write_delivery" {
  statement {
    sid = "Distribution"
    actions = [
      "cloudfront:CreateDistribution",
      "cloudfront:DeleteDistribution",
      "cloudfront:TagResource",
      "cloudfront:UntagResource",
      "cloudfront:UpdateDistribution",
      # make smoke, which removes what it made as make forget does
      "cloudfront:CreateInvalidation",
    ]
    resources = local.distributions
  }

  statement {
    sid = "PoliciesOfDistribution"
    actions = [
      "cloudfront:CreateCachePolicy",
      "cloudfront:CreateOriginAccessControl",
      "cloudfront:CreateResponseHeadersPolicy",
      "cloudfront:DeleteCachePolicy",
      "cloudfront:DeleteOriginAccessControl",
      "cloudfront:DeleteResponseHeadersPolicy",
      "cloudfront:UpdateCachePolicy",
      "cloudfront:UpdateOriginAccessControl",
      "cloudfront:UpdateResponseHeadersPolicy",
    ]
    resources = local.delivery_policies
  }
}
