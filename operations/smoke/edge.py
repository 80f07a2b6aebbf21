"""Public addresses: what CloudFront serves, and what it doesn't."""

import secrets
from collections.abc import Mapping
from urllib.parse import quote

from operations.smoke.pictures import FIRST, compare
from operations.smoke.run import FailedError, NotApplicableError, Run
from shared.dynamodb import text_of
from shared.edge import public_address
from tooling.web_client import WebClient

# What terraform/modules/delivery/policies.tf sets, without the times.
HEADERS = {
    "Cache-Control": "public, max-age=",
    "Content-Disposition": "inline",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
}
PRIVATE_HEADERS = ("x-amz-meta-", "x-amz-server-side-encryption", "x-amz-version-id")


def public_picture(run: Run) -> str:
    """Anybody sees the first picture's thumbnail, with the headers, and no original."""
    profile = run.profiles.get_item(str(run.profile_id)) or {}
    version = text_of(profile, "thumbnailVersion")
    if not version:
        raise FailedError("the profile has no thumbnailVersion")
    run.public_url = public_address(_origin(run), text_of(profile, "thumbnail"), version)
    if run.has_page and run.web.profile()["image"].get("thumbnailUrl") != run.public_url:
        raise FailedError("GET /profile does not return the public address")
    browser = WebClient(run.public_url)  # without the person's cookies
    answer = browser.get_object(run.public_url)
    if answer.status_code != 200:
        raise FailedError(f"a thumbnail's public address answered {answer.status_code}")
    compare(answer.content, FIRST)
    _expect_headers(answer.headers)
    original = f"{_origin(run)}/{quote(run.first_key)}"
    status = browser.get_object(original).status_code
    if status != 403:
        raise FailedError(f"the original's key answered {status} there, and not 403")
    return "200 with the headers; the original 403"


def cache_key(run: Run) -> str:
    """CloudFront caches a picture by its path and ?v=, and by nothing else."""
    if run.found.endpoint_url is not None:
        raise NotApplicableError("the local cloud caches nothing")
    first, other = secrets.token_hex(8), secrets.token_hex(8)
    run.wait_until_right(lambda: "" if _is_hit(run, f"v={first}") else "a repeated GET is no hit")
    run.wait_until_right(
        lambda: "" if _is_hit(run, f"v={first}&x={secrets.token_hex(8)}") else "x= is in the key"
    )
    if _is_hit(run, f"v={other}"):
        raise FailedError("a GET with another v= was answered by the cache")
    return "v= is part of the key, other parameters are not"


def removed_picture(run: Run) -> str:
    """The first picture, which is replaced by now, is gone from the caches."""
    run.wait_until_right(lambda: _still_seen(run))
    return "403 at the replaced picture's address"


def _still_seen(run: Run) -> str:
    status = WebClient(run.public_url).get_object(run.public_url).status_code
    return "" if status == 403 else f"the replaced picture's public address answers {status}"


def _is_hit(run: Run, query: str) -> bool:
    url = f"{run.public_url.partition('?')[0]}?{query}"
    return WebClient(url).get_object(url).headers.get("X-Cache", "").startswith("Hit")


def _expect_headers(headers: Mapping[str, str]) -> None:
    wrong = [name for name, start in HEADERS.items() if not headers.get(name, "").startswith(start)]
    if wrong:
        raise FailedError(f"missing, or not as Terraform sets them: {', '.join(wrong)}")
    told = [name for name in headers if name.lower().startswith(PRIVATE_HEADERS)]
    if told:
        raise FailedError(f"headers that must not be public: {', '.join(told)}")


def _origin(run: Run) -> str:
    origin: str = run.found.output("delivery_origin")
    return origin
