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

# Hosts that API Gateway gives, which are neighbours of other people's.
GIVEN_HOSTS = (".amazonaws.com", ".amazonaws.com.cn")


def security_headers(
    *, upload_origin: str, thumbnail_origin: str | None = None, is_https: bool, host: str
) -> Mapping[str, str]:
    """The headers of every response.

    Args:
        upload_origin: The origin that pictures are sent to; "" for none.
        thumbnail_origin: The origin that thumbnails are loaded from; None for `upload_origin`.
        is_https: Whether the API's origins are https. Browsers must not replace local http ones.
        host: The host that the request came to. All of your own domain below it is https, too.
    """
    headers = {
        **FIXED,
        "Content-Security-Policy": _content_security_policy(
            upload_origin, upload_origin if thumbnail_origin is None else thumbnail_origin
        ),
        "Cache-Control": "no-store",
    }
    if is_https:
        below = "" if host.endswith(GIVEN_HOSTS) else "; includeSubDomains"
        headers["Strict-Transport-Security"] = f"max-age={HSTS_SECONDS}{below}"
    return headers


def _content_security_policy(upload_origin: str, thumbnail_origin: str) -> str:
    directives = (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        f"img-src 'self' blob: {thumbnail_origin}".strip(),
        f"connect-src 'self' {upload_origin}".strip(),
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
    return "; ".join(directives)
