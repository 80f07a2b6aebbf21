"""What the first request of each kind would build, so that it is built before there is one.

Not here: the session key, which takes a call to SSM that the page doesn't need.
"""

from functools import cache

from web_api.app import app
from web_api.assets import CONTENT_TYPES, asset
from web_api.config import config
from web_api.pages import activation_page, index_page
from web_api.password_strength import weakness_of


@cache
def validators() -> None:
    """Build what validates the requests of each route, and pydantic's models in them."""
    for route in app._static_routes + app._dynamic_routes:  # noqa: SLF001 - Powertools lists no routes
        _ = route.dependant, route.body_field


@cache
def password_check() -> None:
    """Import zxcvbn, and let it build what it needs for its first password."""
    weakness_of("rehearsal", ())


@cache
def pages() -> None:
    """Fill in the pages, and read the files that they load."""
    index_page(
        config().page_language,
        config().product_name,
        cool_down_seconds=config().resend_cool_down_seconds,
        max_upload_bytes=config().max_upload_bytes,
    )
    activation_page(config().page_language, config().product_name, "ready")
    for name in CONTENT_TYPES:
        asset(name)
