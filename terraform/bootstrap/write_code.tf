# What an apply writes, beside read.tf: roles, functions, the state machine, the API, mails.
data "aws_iam_policy_document" "write_code" {
  # A role is made, and gets rights, only with the boundary. For PutRolePolicy the key is the boundary that the role has;
  # for the other two, the one that it gets. No right to remove a boundary, and none on managed policies.
  # https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html#access_policies_boundaries-delegate
  statement {
    sid       = "RolesWithinBoundary"
    actions   = ["iam:CreateRole", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy"]
    resources = [local.roles]

    condition {
      test     = "StringEquals"
      variable = "iam:PermissionsBoundary"
      values   = [aws_iam_policy.boundary.arn]
    }
  }

  statement {
    sid = "Roles"
    actions = [
      "iam:DeleteRole",
      "iam:DeleteRolePolicy",
      "iam:ListInstanceProfilesForRole",
      "iam:TagRole",
      "iam:UntagRole",
      "iam:UpdateAssumeRolePolicy",
      "iam:UpdateRole",
      "iam:UpdateRoleDescription",
    ]
    resources = [local.roles]
  }

  statement {
    sid       = "PassRoles"
    actions   = ["iam:PassRole"]
    resources = [local.roles]

    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["lambda.amazonaws.com", "states.amazonaws.com"]
    }
  }

  statement {
    sid = "Functions"
    actions = [
      "lambda:CreateFunction",
      "lambda:DeleteFunction",
      "lambda:DeleteFunctionConcurrency",
      "lambda:DeleteFunctionEventInvokeConfig",
      "lambda:PutFunctionConcurrency",
      "lambda:PutFunctionEventInvokeConfig",
      "lambda:RemovePermission",
      "lambda:UpdateFunctionCode",
      "lambda:UpdateFunctionConfiguration",
    ]
    resources = [local.functions]
  }

  # Nobody else may be let in.
  statement {
    sid       = "LetServicesInvoke"
    actions   = ["lambda:AddPermission"]
    resources = [local.functions]

    condition {
      test     = "StringEquals"
      variable = "lambda:Principal"
      values   = ["apigateway.amazonaws.com", "s3.amazonaws.com"]
    }
  }

  statement {
    sid       = "TagFunctionsAndMappings"
    actions   = ["lambda:TagResource", "lambda:UntagResource"]
    resources = [local.functions, local.mappings]
  }

  statement {
    sid       = "Layers"
    actions   = ["lambda:PublishLayerVersion"]
    resources = [local.layers]
  }

  statement {
    sid       = "LayerVersions"
    actions   = ["lambda:DeleteLayerVersion"]
    resources = ["${local.layers}:*"] # versions
  }

  # IAM accepts only "*" to create one, and the function as a condition.
  statement {
    sid       = "CreateMappings"
    actions   = ["lambda:CreateEventSourceMapping"]
    resources = ["*"]

    condition {
      test     = "ArnLike"
      variable = "lambda:FunctionArn"
      values   = [local.functions]
    }
  }

  statement {
    sid       = "Mappings"
    actions   = ["lambda:DeleteEventSourceMapping", "lambda:UpdateEventSourceMapping"]
    resources = [local.mappings]

    condition {
      test     = "ArnLike"
      variable = "lambda:FunctionArn"
      values   = [local.functions]
    }
  }

  statement {
    sid = "StateMachine"
    actions = [
      "states:CreateStateMachine",
      "states:DeleteStateMachine",
      "states:TagResource",
      "states:UntagResource",
      "states:UpdateStateMachine",
    ]
    resources = [local.state_machines]
  }

  # As in read.tf, each HTTP API of the region.
  statement {
    sid     = "Apis"
    actions = ["apigateway:DELETE", "apigateway:PATCH", "apigateway:POST", "apigateway:PUT"]
    resources = concat(
      ["${local.api_gateway}:/apis", "${local.api_gateway}:/apis/*", "${local.api_gateway}:/tags/*"],
      local.domain_names,
      [for name in local.domain_names : "${name}/*"],
      [for name in local.domain_names : "${local.api_gateway}:/domainnames"],
    )
  }

  # The access logs of the API, and those of an EXPRESS state machine. IAM accepts only "*":
  # https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging.html
  statement {
    sid = "LogDelivery"
    actions = [
      "logs:CreateLogDelivery",
      "logs:DeleteLogDelivery",
      "logs:DescribeResourcePolicies",
      "logs:GetLogDelivery",
      "logs:ListLogDeliveries",
      "logs:PutResourcePolicy",
      "logs:UpdateLogDelivery",
    ]
    resources = ["*"]
  }

  statement {
    sid = "ConfigurationSet"
    actions = [
      "ses:CreateConfigurationSet",
      "ses:CreateConfigurationSetEventDestination",
      "ses:DeleteConfigurationSet",
      "ses:DeleteConfigurationSetEventDestination",
      "ses:PutConfigurationSetDeliveryOptions",
      "ses:PutConfigurationSetReputationOptions",
      "ses:PutConfigurationSetSuppressionOptions",
      "ses:TagResource",
      "ses:UntagResource",
      "ses:UpdateConfigurationSetEventDestination",
    ]
    resources = [local.configuration_set]
  }

  dynamic "statement" {
    for_each = length(local.identities) > 0 ? [local.identities] : []

    content {
      sid = "SenderIdentity"
      actions = [
        "ses:CreateEmailIdentity",
        "ses:DeleteEmailIdentity",
        "ses:PutEmailIdentityMailFromAttributes",
        "ses:TagResource",
        "ses:UntagResource",
      ]
      resources = statement.value
    }
  }

  dynamic "statement" {
    for_each = length(local.hosted_zones) > 0 ? [local.hosted_zones] : []

    content {
      sid       = "Records"
      actions   = ["route53:ChangeResourceRecordSets"]
      resources = statement.value

      condition {
        test     = "ForAllValues:StringEquals"
        variable = "route53:ChangeResourceRecordSetsNormalizedRecordNames"
        values   = local.domains[*].name
      }
    }
  }

  dynamic "statement" {
    for_each = length(local.hosted_zones) > 0 ? [true] : []

    content {
      sid       = "ChangeOfRecord"
      actions   = ["route53:GetChange"]
      resources = ["arn:${local.partition}:route53:::change/*"] # Route 53 chooses the id
    }
  }

  # API Gateway makes its role in an account as it makes the first domain name:
  # https://docs.aws.amazon.com/apigateway/latest/developerguide/using-service-linked-roles.html
  dynamic "statement" {
    for_each = local.domain_names

    content {
      sid       = "RoleOfApiGateway"
      actions   = ["iam:CreateServiceLinkedRole"]
      resources = ["arn:${local.partition}:iam::${local.account}:role/aws-service-role/ops.apigateway.amazonaws.com/AWSServiceRoleForAPIGateway"]

      condition {
        test     = "StringEquals"
        variable = "iam:AWSServiceName"
        values   = ["ops.apigateway.amazonaws.com"]
      }
    }
  }
}
