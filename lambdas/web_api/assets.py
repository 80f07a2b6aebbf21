"""The files that the page loads: scripts, style and icon."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType

CONTENT_TYPES: Mapping[str, str] = MappingProxyType(
    {
        "activate.js": "text/javascript; charset=utf-8",
        "app.js": "text/javascript; charset=utf-8",
        "favicon.svg": "image/svg+xml",
        "style.css": "text/css; charset=utf-8",
        "time.js": "text/javascript; charset=utf-8",
    }
)

# Scripts and style must match the page that loads them, so browsers ask each time whether they have
# changed. Not for the icon: they would ask at every change of the address.
ASK_EACH_TIME = "no-cache"
CACHE_CONTROL: Mapping[str, str] = MappingProxyType({"favicon.svg": "public, max-age=86400"})


@dataclass(frozen=True, slots=True)
class Asset:
    """One file.

    Attributes:
        content: Its content.
        content_type: The header Content-Type.
        etag: The header ETag: the file's version, in quotation marks.
        cache_control: The header Cache-Control.
    """

    content: str
    content_type: str
    etag: str
    cache_control: str

    def is_known_to(self, if_none_match: str) -> bool:
        """Whether the header If-None-Match says that the browser has this version."""
        known = {etag.strip().removeprefix("W/") for etag in if_none_match.split(",")}
        return "*" in known or self.etag in known


@cache
def asset(name: str) -> Asset | None:
    """A file by its name; None where there is none."""
    content_type = CONTENT_TYPES.get(name)
    if content_type is None:
        return None
    content = (files("web_api") / "static" / name).read_text(encoding="utf-8")
    digest = hashlib.sha256(content.encode()).hexdigest()
    return Asset(
        content,
        content_type,
        etag=f'"{digest[:32]}"',
        cache_control=CACHE_CONTROL.get(name, ASK_EACH_TIME),
    )
