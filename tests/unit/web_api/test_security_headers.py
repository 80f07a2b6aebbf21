"""What browsers are told to allow."""

from web_api.security_headers import security_headers

UPLOADS = "https://pictures.s3.eu-central-1.amazonaws.com"


def policy_of(upload_origin: str) -> dict[str, str]:
    policy = security_headers(upload_origin=upload_origin, is_https=True)["Content-Security-Policy"]
    return dict(directive.split(" ", 1) for directive in policy.split("; "))


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


def test_without_a_bucket_nothing_else_changes() -> None:
    assert policy_of("")["img-src"] == "'self' blob:"
    assert policy_of("")["connect-src"] == "'self'"


def test_no_address_is_passed_on_and_nothing_is_kept() -> None:
    headers = security_headers(upload_origin=UPLOADS, is_https=True)
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]


def test_https_is_kept_to_only_where_it_is() -> None:
    name = "Strict-Transport-Security"
    assert security_headers(upload_origin=UPLOADS, is_https=True)[name] == "max-age=31536000"
    assert name not in security_headers(upload_origin=UPLOADS, is_https=False)
