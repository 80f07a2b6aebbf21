"""What browsers are told to allow."""

from web_api.security_headers import security_headers

UPLOADS = "https://pictures.s3.eu-central-1.amazonaws.com"
HOST = "accounts.shop.example"


def policy_of(upload_origin: str) -> dict[str, str]:
    headers = security_headers(upload_origin=upload_origin, is_https=True, host=HOST)
    directives = headers["Content-Security-Policy"].split("; ")
    return dict(directive.split(" ", 1) for directive in directives)


def test_nothing_loads_but_our_own_files_and_pictures_from_the_bucket() -> None:
    assert policy_of(UPLOADS) == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": f"'self' blob: {UPLOADS}",
        "connect-src": f"'self' {UPLOADS}",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }


def test_thumbnails_come_from_their_public_origin_alone() -> None:
    public = "https://pictures.example"
    headers = security_headers(
        upload_origin=UPLOADS, thumbnail_origin=public, is_https=True, host=HOST
    )
    directives = headers["Content-Security-Policy"].split("; ")
    assert f"img-src 'self' blob: {public}" in directives
    assert f"connect-src 'self' {UPLOADS}" in directives


def test_without_a_bucket_nothing_else_changes() -> None:
    assert policy_of("")["img-src"] == "'self' blob:"
    assert policy_of("")["connect-src"] == "'self'"


def test_no_address_is_passed_on_and_nothing_is_kept() -> None:
    headers = security_headers(upload_origin=UPLOADS, is_https=True, host=HOST)
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]


def transport_security(host: str, *, is_https: bool = True) -> str | None:
    headers = security_headers(upload_origin=UPLOADS, is_https=is_https, host=host)
    return headers.get("Strict-Transport-Security")


def test_https_is_kept_to_only_where_it_is() -> None:
    assert transport_security(HOST, is_https=False) is None


def test_https_is_kept_to_below_your_own_domain_only() -> None:
    given = "abc123.execute-api.eu-central-1.amazonaws.com"
    assert transport_security(HOST) == "max-age=31536000; includeSubDomains"
    assert transport_security(given) == "max-age=31536000"
    assert transport_security(f"{given}.cn") == "max-age=31536000"
