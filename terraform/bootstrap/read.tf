# What `terraform plan`, `make preflight` and `make rollback LIST=1` read. No user, no picture, no message.
data "aws_iam_policy_document" "read" {
  statement {
    sid = "Buckets"
    actions = [
      "s3:GetAccelerateConfiguration",
      "s3:GetBucketAcl",
      "s3:GetBucketCORS",
      "s3:GetBucketLogging",
      "s3:GetBucketNotification",
      "s3:GetBucketObjectLockConfiguration",
      "s3:GetBucketOwnershipControls",
      "s3:GetBucketPolicy",
      "s3:GetBucketPublicAccessBlock",
      "s3:GetBucketRequestPayment",
      "s3:GetBucketTagging",
      "s3:GetBucketVersioning",
      "s3:GetBucketWebsite",
      "s3:GetEncryptionConfiguration",
      "s3:GetLifecycleConfiguration",
      "s3:GetReplicationConfiguration",
      "s3:ListBucket",
    ]
    resources = local.buckets
  }

  # The zips, and the records of deployments.
  statement {
    sid       = "Artifacts"
    actions   = ["s3:GetObject", "s3:GetObjectTagging"]
    resources = ["${local.artifacts_bucket}/*"]
  }

  statement {
    sid = "Tables"
    actions = [
      "dynamodb:DescribeContinuousBackups",
      "dynamodb:DescribeTable",
      "dynamodb:DescribeTimeToLive",
      "dynamodb:ListTagsOfResource",
    ]
    resources = [local.tables]
  }

  statement {
    sid = "Functions"
    actions = [
      "lambda:GetFunction",
      "lambda:GetFunctionCodeSigningConfig",
      "lambda:GetFunctionConfiguration",
      "lambda:GetFunctionEventInvokeConfig",
      "lambda:GetPolicy",
      "lambda:ListVersionsByFunction",
    ]
    resources = [local.functions]
  }

  statement {
    sid       = "TagsOfFunctionsAndMappings"
    actions   = ["lambda:ListTags"]
    resources = [local.functions, local.mappings]
  }

  statement {
    sid       = "Layers"
    actions   = ["lambda:GetLayerVersion"]
    resources = ["${local.layers}:*"] # versions
  }

  statement {
    sid       = "Mappings"
    actions   = ["lambda:GetEventSourceMapping"]
    resources = [local.mappings]

    condition {
      test     = "ArnLike"
      variable = "lambda:FunctionArn"
      values   = [local.functions]
    }
  }

  statement {
    sid       = "Roles"
    actions   = ["iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies"]
    resources = [local.roles]
  }

  statement {
    sid       = "Queues"
    actions   = ["sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:ListQueueTags"]
    resources = [local.queues]
  }

  statement {
    sid       = "Topics"
    actions   = ["sns:GetTopicAttributes", "sns:ListSubscriptionsByTopic", "sns:ListTagsForResource"]
    resources = [local.topics]
  }

  # Terraform reads a parameter with its value, also where it keeps none.
  statement {
    sid       = "Parameters"
    actions   = ["ssm:GetParameter", "ssm:ListTagsForResource"]
    resources = [local.parameters]
  }

  statement {
    sid       = "StateMachine"
    actions   = ["states:DescribeStateMachine", "states:ListStateMachineVersions", "states:ListTagsForResource"]
    resources = [local.state_machines]
  }

  statement {
    sid       = "LogGroups"
    actions   = ["logs:ListTagsForResource"]
    resources = local.log_groups
  }

  statement {
    sid       = "Alarms"
    actions   = ["cloudwatch:ListTagsForResource"]
    resources = [local.alarms]
  }

  statement {
    sid       = "Dashboard"
    actions   = ["cloudwatch:GetDashboard"]
    resources = [local.dashboard]
  }

  # API Gateway knows APIs by random ids, and its ARNs have no account: this is each HTTP API of the region.
  statement {
    sid       = "Apis"
    actions   = ["apigateway:GET"]
    resources = concat(["${local.api_gateway}:/apis/*"], local.domain_names, [for name in local.domain_names : "${name}/*"])
  }

  statement {
    sid = "ConfigurationSet"
    actions = [
      "ses:GetConfigurationSet",
      "ses:GetConfigurationSetEventDestinations",
      "ses:ListTagsForResource",
    ]
    resources = [local.configuration_set]
  }

  dynamic "statement" {
    for_each = length(local.identities) > 0 ? [local.identities] : []

    content {
      sid       = "SenderIdentity"
      actions   = ["ses:GetEmailIdentity", "ses:ListTagsForResource"]
      resources = statement.value
    }
  }

  # `make preflight` looks at these too: SES may check the permission on a domain above the sender's.
  dynamic "statement" {
    for_each = length(local.other_identities) > 0 ? [local.other_identities] : []

    content {
      sid       = "OtherIdentities"
      actions   = ["ses:GetEmailIdentity"]
      resources = statement.value
    }
  }

  # IAM accepts only "*" for these: docs/adr/0040-two-roles-and-a-boundary.md
  statement {
    sid = "Account"
    actions = [
      "cloudwatch:DescribeAlarms",
      "lambda:GetAccountSettings",
      "logs:DescribeLogGroups",
      "ses:GetAccount",
      "sns:GetSubscriptionAttributes",
      "ssm:DescribeParameters",
      "states:ValidateStateMachineDefinition",
    ]
    resources = ["*"]
  }

  # The provider asks which key is DynamoDB's own, to tell it from yours. AWS chose its id.
  statement {
    sid       = "KeyOfDynamodb"
    actions   = ["kms:DescribeKey"]
    resources = ["${local.arns.kms}:key/*"]

    # https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-request-alias
    condition {
      test     = "StringEquals"
      variable = "kms:RequestAlias"
      values   = ["alias/aws/dynamodb"]
    }
  }

  dynamic "statement" {
    for_each = length(local.all_keys) > 0 ? [local.all_keys] : []

    content {
      sid       = "Keys"
      actions   = ["kms:DescribeKey", "kms:GetKeyPolicy"]
      resources = statement.value
    }
  }

  dynamic "statement" {
    for_each = length(local.all_keys) > 0 ? [local.all_keys] : []

    content {
      sid       = "Decrypt"
      actions   = ["kms:Decrypt"]
      resources = statement.value

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = [local.via_services["s3"], local.via_services["ssm"]]
      }
    }
  }

  dynamic "statement" {
    for_each = length(local.certificates) > 0 ? [local.certificates] : []

    content {
      sid       = "Certificates"
      actions   = ["acm:DescribeCertificate"]
      resources = statement.value
    }
  }

  dynamic "statement" {
    for_each = length(local.hosted_zones) > 0 ? [local.hosted_zones] : []

    content {
      sid       = "Records"
      actions   = ["route53:GetHostedZone", "route53:ListResourceRecordSets"]
      resources = statement.value
    }
  }
}

locals {
  # The domains above the sender's, without the top-level domain, and the recipients.
  labels = flatten([for domain in local.sender_domains : split(".", domain)])
  parent_domains = [
    for first in range(1, max(1, length(local.labels) - 1)) : join(".", slice(local.labels, first, length(local.labels)))
  ]
  other_identities = distinct(concat(
    [for domain in local.parent_domains : "${local.arns.ses}:identity/${domain}"],
    local.recipients,
  ))
}
