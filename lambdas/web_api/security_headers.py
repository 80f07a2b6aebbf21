"""The security headers of every response."""

from collections.abc import Mapping

# A year, the least that browsers' preload list accepts.
HSTS_SECONDS = 31_536_000

FIXED = {
    "X-Content-Type-Options": "nosniff",
    # Not even to our own pages: the activation page's address has the token.
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def security_headers(*, upload_origin: str, is_https: bool) -> Mapping[str, str]:
    """The headers of every response.

    Args:
        upload_origin: The origin that pictures are posted to and loaded from; "" for none.
        is_https: Whether the API's origins are https. Browsers must not replace local http ones.
    """
    headers = {
        **FIXED,
        "Content-Security-Policy": _content_security_policy(upload_origin),
        "Cache-Control": "no-store",
    }
    if is_https:
        headers["Strict-Transport-Security"] = f"max-age={HSTS_SECONDS}"
    return headers


def _content_security_policy(upload_origin: str) -> str:
    directives = (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        f"img-src 'self' blob: {upload_origin}".strip(),
        f"connect-src 'self' {upload_origin}".strip(),
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
    return "; ".join(directives)
