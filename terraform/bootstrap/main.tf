# Read in this order: oidc.tf, plan_role.tf, deploy_role.tf, boundary.tf; the policies are in state.tf, read.tf,
# write_*.tf, delivery.tf and smoke.tf. docs/adr/0040-two-roles-and-a-boundary.md says why.
data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

locals {
  # Each name of the deployment begins like this: docs/adr/0032-names.md
  prefix = "${var.name_prefix}-${var.environment}"

  partition = data.aws_partition.current.partition
  account   = data.aws_caller_identity.current.account_id

  # A path that no role of a deployment has, so that no pattern for those covers these.
  path = "/github-actions/"

  # Starts of ARNs in the deployment's region and account.
  arns = {
    for service in ["cloudwatch", "dynamodb", "kms", "lambda", "logs", "ses", "sns", "sqs", "ssm", "states"] :
    service => "arn:${local.partition}:${service}:${var.region}:${local.account}"
  }
  # API Gateway's ARNs have no account.
  api_gateway = "arn:${local.partition}:apigateway:${var.region}:"

  # What the deployment creates.
  alarms           = "${local.arns.cloudwatch}:alarm:${local.prefix}-*"
  dashboard        = "arn:${local.partition}:cloudwatch::${local.account}:dashboard/${local.prefix}-*"
  functions        = "${local.arns.lambda}:function:${local.prefix}-*"
  layers           = "${local.arns.lambda}:layer:${local.prefix}-*"
  mappings         = "${local.arns.lambda}:event-source-mapping:*" # AWS chooses the id
  parameters       = "${local.arns.ssm}:parameter/${local.prefix}/*"
  queues           = "${local.arns.sqs}:${local.prefix}-*"
  roles            = "arn:${local.partition}:iam::${local.account}:role/${local.prefix}-*-${var.region}"
  state_machines   = "${local.arns.states}:stateMachine:${local.prefix}-*"
  tables           = "${local.arns.dynamodb}:table/${local.prefix}-*"
  topics           = "${local.arns.sns}:${local.prefix}-*"
  artifacts_bucket = "arn:${local.partition}:s3:::${local.prefix}-artifacts-${local.account}-${var.region}"
  images_bucket    = "arn:${local.partition}:s3:::${local.prefix}-images-${local.account}-${var.region}"
  buckets          = [local.artifacts_bucket, local.images_bucket]
  log_groups = [
    "${local.arns.logs}:log-group:/aws/lambda/${local.prefix}-*",
    "${local.arns.logs}:log-group:/aws/vendedlogs/*/${local.prefix}-*",
  ]

  # AWS chooses their ids. Lists, empty without delivery.
  distributions = [for _ in var.delivery[*] : "arn:${local.partition}:cloudfront::${local.account}:distribution/*"]
  delivery_policies = [
    for kind in var.delivery == null ? [] : ["cache-policy", "origin-access-control", "response-headers-policy"] :
    "arn:${local.partition}:cloudfront::${local.account}:${kind}/*"
  ]

  # Mails: an address, or its domain, is registered.
  configuration_set = "${local.arns.ses}:configuration-set/${local.prefix}-activation-mails"
  sender_domains    = [for address in var.from_address[*] : lower(split("@", address)[1])]
  identities = [
    for identity in concat(var.from_address[*], local.sender_domains) : "${local.arns.ses}:identity/${identity}"
  ]
  recipients = [for recipient in var.sandbox_recipients : "${local.arns.ses}:identity/${recipient}"]

  # Your own things that the deployment uses.
  keys            = var.encryption[*].kms_key_arn
  all_keys        = distinct(concat(local.keys, var.former_kms_key_arns))
  picture_domains = [for delivery in var.delivery[*] : delivery.domain if delivery.domain != null]
  domains         = concat(var.domain[*], local.picture_domains)
  certificates    = local.domains[*].certificate_arn
  hosted_zones = distinct([
    for domain in local.domains : "arn:${local.partition}:route53:::hostedzone/${domain.hosted_zone_id}" if domain.hosted_zone_id != null
  ])
  domain_names = [for domain in var.domain[*] : "${local.api_gateway}:/domainnames/${domain.name}"]
  dns_suffix   = data.aws_partition.current.dns_suffix
  via_services = { for service in ["dynamodb", "s3", "sns", "sqs", "ssm"] : service => "${service}.${var.region}.${local.dns_suffix}" }
  state_bucket = "arn:${local.partition}:s3:::${var.state_bucket_name}"
  state_object = "${local.state_bucket}/${var.state_key}"
  lock_object  = "${local.state_object}.tflock"

  # "@" is in no state_key, so that no plan of another state matches: operations/deploy/hand_over.py
  plans         = "plans/${var.state_key}@*"
  plans_objects = "${local.state_bucket}/${local.plans}"

  # What may be listed: the states of workspaces, for which Terraform looks each time, and what may be missing. Without
  # s3:ListBucket, S3 answers 403 for a missing object (GetObject, S3's API reference); docs/unproven-on-aws.md has what
  # it compares with s3:prefix then.
  state_prefixes = ["env:/", var.state_key, "${var.state_key}.tflock"]
}
