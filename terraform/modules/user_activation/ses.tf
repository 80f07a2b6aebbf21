locals {
  # SES writes domains in lower case, and an ARN is compared with its case.
  sender_domain = lower(split("@", var.from_address)[1])

  # The SES identity of the sender that is registered here: the address, or its domain.
  ses_identity = var.mail.identity_kind == "domain" ? local.sender_domain : var.from_address

  ses_arn_start = "arn:${var.context.partition}:ses:${var.context.region}:${var.context.account_id}"

  # SES requires a permission for the sender's identity and the configuration set. If the address and its domain are both
  # registered, AWS does not say which one SES checks. In the SES sandbox it also refuses a mail to jane@example.com
  # without a permission for identity/jane@example.com (or identity/example.com).
  ses_arns = concat(
    ["${local.ses_arn_start}:identity/${var.from_address}", "${local.ses_arn_start}:identity/${local.sender_domain}"],
    [for set in aws_sesv2_configuration_set.this : set.arn],
    [for recipient in sort(var.mail.sandbox_recipients) : "${local.ses_arn_start}:identity/${recipient}"],
  )
}

locals {
  # Regions with a DKIM domain of their own; every other one has dkim.amazonses.com. AWS General Reference, Amazon SES,
  # table "DKIM domains", as of November 2026:
  # https://docs.aws.amazon.com/general/latest/gr/ses.html#ses_dkim_domains
  regions_with_dkim_domain = [
    "af-south-1", "ap-northeast-3", "ap-south-2", "ap-southeast-3", "ap-southeast-5", "ca-west-1", "eu-central-2",
    "eu-south-1", "il-central-1", "me-central-1", "us-gov-east-1",
  ]
  dkim_domain = contains(local.regions_with_dkim_domain, var.context.region) ? "dkim.${var.context.region}.amazonses.com" : "dkim.amazonses.com"

  # SES creates them for a domain.
  dkim_tokens = flatten([for identity in aws_sesv2_email_identity.this : identity.dkim_signing_attributes[*].tokens])

  mail_from_domain = var.mail.create_identity && var.mail.identity_kind == "domain" && var.mail.from_subdomain != null ? "${var.mail.from_subdomain}.${local.ses_identity}" : null
}

resource "aws_sesv2_email_identity" "this" {
  count = var.mail.create_identity ? 1 : 0

  email_identity = local.ses_identity
}

# Bounces go to your own domain instead of one of SES, so mails pass DMARC by SPF as well as by DKIM. The
# outputs contain the DNS records.
resource "aws_sesv2_email_identity_mail_from_attributes" "this" {
  count = local.mail_from_domain == null ? 0 : 1

  email_identity   = one(aws_sesv2_email_identity.this[*].email_identity)
  mail_from_domain = local.mail_from_domain

  # Until the MX record exists SES sends with its own domain.
  behavior_on_mx_failure = "USE_DEFAULT_VALUE"
}

resource "aws_sesv2_configuration_set" "this" {
  count = var.mail.create_configuration_set ? 1 : 0

  configuration_set_name = "${var.context.prefix}-activation-mails"

  delivery_options {
    # Never send the link unencrypted: a server without TLS gets no mail.
    tls_policy = "REQUIRE"
  }

  reputation_options {
    reputation_metrics_enabled = true
  }

  # Overrides the account's setting: bounces and complaints put an address on the account's suppression list.
  # SES accepts mails to listed addresses but does not deliver them.
  suppression_options {
    suppressed_reasons = ["BOUNCE", "COMPLAINT"]
  }
}
