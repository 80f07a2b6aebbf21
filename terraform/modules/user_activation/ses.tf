locals {
  # A mail server's name for the sender is the address itself or the part behind the @.
  ses_identity = var.mail.identity_kind == "domain" ? split("@", var.from_address)[1] : var.from_address

  ses_arn_start = "arn:${var.context.partition}:ses:${var.context.region}:${var.context.account_id}"

  # SES asks for the right to use each of these. The recipients only in the SES sandbox, where a
  # recipient must be a registered identity too: there a mail to jane@example.com is refused
  # without a right on identity/jane@example.com (or identity/example.com).
  ses_arns = concat(
    ["${local.ses_arn_start}:identity/${local.ses_identity}"],
    [for set in aws_sesv2_configuration_set.this : set.arn],
    [for recipient in sort(var.mail.sandbox_recipients) : "${local.ses_arn_start}:identity/${recipient}"],
  )
}

locals {
  # Made by SES for a domain.
  dkim_tokens = flatten([for identity in aws_sesv2_email_identity.this : identity.dkim_signing_attributes[*].tokens])

  mail_from_domain = var.mail.create_identity && var.mail.identity_kind == "domain" && var.mail.from_subdomain != null ? "${var.mail.from_subdomain}.${local.ses_identity}" : null
}

resource "aws_sesv2_email_identity" "this" {
  count = var.mail.create_identity ? 1 : 0

  email_identity = local.ses_identity
}

# Bounces then go to a domain of one's own instead of SES's, and SPF speaks for it: so DMARC holds by
# SPF as well as by DKIM. The records for it are in the outputs.
resource "aws_sesv2_email_identity_mail_from_attributes" "this" {
  count = local.mail_from_domain == null ? 0 : 1

  email_identity   = one(aws_sesv2_email_identity.this[*].email_identity)
  mail_from_domain = local.mail_from_domain

  # As long as the MX record is not there SES uses its own domain, rather than send nothing.
  behavior_on_mx_failure = "USE_DEFAULT_VALUE"
}

resource "aws_sesv2_configuration_set" "this" {
  count = var.mail.create_configuration_set ? 1 : 0

  configuration_set_name = "${var.context.prefix}-activation-mails"

  delivery_options {
    # A receiving server that can't do TLS gets no mail, rather than the link in the clear.
    tls_policy = "REQUIRE"
  }

  reputation_options {
    reputation_metrics_enabled = true
  }

  # Whatever the account's own setting is: an address that bounced or complained goes on SES's list of
  # the account, and a mail to an address of the list is taken and not delivered.
  suppression_options {
    suppressed_reasons = ["BOUNCE", "COMPLAINT"]
  }
}
