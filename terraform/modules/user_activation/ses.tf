locals {
  # A mail server's name for the sender is the address itself or the part behind the @.
  ses_identity = var.ses_identity_kind == "domain" ? split("@", var.from_address)[1] : var.from_address

  ses_arn_start = "arn:${data.aws_partition.current.partition}:ses:${data.aws_region.current.name}:${data.aws_caller_identity.current.account_id}"

  # SES asks for the right to use each of these. The recipients only in the SES sandbox, where a
  # recipient must be a registered identity too: there a mail to jane@example.com is refused
  # without a right on identity/jane@example.com (or identity/example.com).
  ses_arns = concat(
    ["${local.ses_arn_start}:identity/${local.ses_identity}"],
    [for set in aws_sesv2_configuration_set.this : set.arn],
    [for recipient in sort(var.ses_sandbox_recipients) : "${local.ses_arn_start}:identity/${recipient}"],
  )
}

locals {
  # Made by SES for a domain.
  dkim_tokens = flatten([for identity in aws_sesv2_email_identity.this : identity.dkim_signing_attributes[*].tokens])
}

resource "aws_sesv2_email_identity" "this" {
  count = var.create_ses_identity ? 1 : 0

  email_identity = local.ses_identity
}

resource "aws_sesv2_configuration_set" "this" {
  count = var.create_ses_configuration_set ? 1 : 0

  configuration_set_name = "${var.name_prefix}-activation-mails"

  delivery_options {
    # A receiving server that can't do TLS gets no mail, rather than the link in the clear.
    tls_policy = "REQUIRE"
  }

  reputation_options {
    reputation_metrics_enabled = true
  }
}
