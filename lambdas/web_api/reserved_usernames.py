"""Usernames that look like the operator's own, which nobody can register."""

from collections.abc import Collection

# Mailbox names of services and roles: https://www.rfc-editor.org/rfc/rfc2142
RFC_2142 = frozenset(
    [
        "abuse",
        "ftp",
        "hostmaster",
        "info",
        "marketing",
        "news",
        "noc",
        "postmaster",
        "sales",
        "security",
        "support",
        "usenet",
        "uucp",
        "webmaster",
        "www",
    ]
)
# Mailboxes that prove to a certificate authority that a domain is one's own, section 3.2.2.4.4:
# https://cabforum.org/working-groups/server/baseline-requirements/requirements/
CERTIFICATE_MAILBOXES = frozenset(
    ["admin", "administrator", "hostmaster", "postmaster", "webmaster"]
)
# Special host names, senders without a reader and certificate administrators, in the list that
# django-registration reserves: https://django-registration.readthedocs.io, RESERVED_NAMES
SPECIAL = frozenset(
    [
        "autoconfig",
        "autodiscover",
        "broadcasthost",
        "isatap",
        "localdomain",
        "localhost",
        "mailerdaemon",
        "nobody",
        "noreply",
        "ssladmin",
        "ssladministrator",
        "sslwebmaster",
        "wpad",
    ]
)
# Names of administrators that are guessed first, section "Testing for Default Credentials":
# https://owasp.org/www-project-web-security-testing-guide
ADMINISTRATORS = frozenset(
    ["guest", "operator", "root", "super", "superuser", "sysadmin", "system"]
)
# Our own choice: whom people would take for the operator's staff.
STAFF = frozenset(
    [
        "account",
        "accounts",
        "billing",
        "contact",
        "customerservice",
        "customersupport",
        "help",
        "helpdesk",
        "moderator",
        "official",
        "payment",
        "payments",
        "privacy",
        "staff",
    ]
)

RESERVED = RFC_2142 | CERTIFICATE_MAILBOXES | SPECIAL | ADMINISTRATORS | STAFF

_SEPARATORS = str.maketrans("", "", ".-_")


def is_reserved(username: str, more: Collection[str] = ()) -> bool:
    """Whether a username is reserved, here or by the deployment, with any separators in it."""
    plain = username.translate(_SEPARATORS)
    return plain in RESERVED or plain in {name.translate(_SEPARATORS) for name in more}
