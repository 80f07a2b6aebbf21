"""Mailboxes: the mail addresses that lead to one of them count as one."""

from typing import NamedTuple


class Provider(NamedTuple):
    """How a mail provider reads the part of an address before the "@".

    Attributes:
        domain: The one of its domains that stands for all of them.
        ignores: Characters that it ignores, beside a tag: "+" and what follows.
    """

    domain: str
    ignores: str = ""


# Dots: https://support.google.com/mail/answer/7436150, tags:
# https://support.google.com/mail/answer/22370, domains: https://support.google.com/mail/answer/10313
GMAIL = Provider("gmail.com", ignores=".")
# Domains and tags: https://proton.me/support/addresses-and-aliases. What it ignores is in its own
# client: https://github.com/ProtonMail/WebClients, removeEmailAlias
PROTON = Provider("proton.me", ignores="._-")
# Domains: https://support.apple.com/118230, tags:
# https://en.wikipedia.org/wiki/Email_address#Sub-addressing
ICLOUD = Provider("icloud.com")

# Microsoft has tags since 2013. The same name at two of its domains may be two people's:
# https://www.zdnet.com/article/microsoft-adds-support-for-custom-email-addresses-in-office-365/
MICROSOFT = ("outlook.com", "hotmail.com", "live.com", "msn.com")
# Its domains of countries, such as hotmail.co.uk and outlook.de, begin with one of these.
MICROSOFT_NAMES = ("outlook", "hotmail", "live")
# Fastmail has tags, and takes anything@ann.fastmail.com as ann's:
# https://www.fastmail.help/hc/en-us/articles/360060591053
FASTMAIL = ("fastmail.com", "fastmail.fm")

PROVIDERS = {
    **dict.fromkeys(("gmail.com", "googlemail.com"), GMAIL),
    **dict.fromkeys(("proton.me", "protonmail.com", "protonmail.ch", "pm.me"), PROTON),
    **dict.fromkeys(("icloud.com", "me.com", "mac.com"), ICLOUD),
    **{domain: Provider(domain) for domain in (*MICROSOFT, *FASTMAIL)},
}


def plain_spelling(email: str) -> str:
    """The spelling that all addresses of one mailbox have in common, as far as we know.

    Only to count mails: a mail goes to the address as it was typed. Case is folded for all
    providers: none of them gives two people addresses that differ by it alone.
    """
    local, _, domain = email.casefold().rpartition("@")
    user, _, parent = domain.partition(".")
    if parent in FASTMAIL:
        local, domain = user, parent
    provider = PROVIDERS.get(domain)
    if provider is None and user in MICROSOFT_NAMES:
        provider = Provider(domain)
    if provider is None:
        return f"{local}@{domain}"
    name = local.partition("+")[0]
    # A local part of nothing else stays as it is: it would be everybody's.
    plain = name.translate(dict.fromkeys(map(ord, provider.ignores))) or local
    return f"{plain}@{provider.domain}"
