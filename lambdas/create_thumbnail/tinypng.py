"""The TinyPNG engine: the Tinify web service compresses a picture and then resizes it.

The protocol: https://tinypng.com/developers/reference
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry

from create_thumbnail.engine import Fit, ImageRefusedError, Thumbnail
from shared.errors import ServiceUnavailableError

if TYPE_CHECKING:
    from requests import Response

TIMEOUT = (3.05, 20)  # seconds to connect, and between two bytes of a response
CONTENT_TYPES = frozenset({"image/jpeg", "image/png", "image/webp"})
THUMBNAIL_BYTES_LIMIT = 8 * 2**20  # 1,024 x 1,024 pixels in plain RGBA are half of that
# The service's statuses for pictures that it can't read: 400 for no or bad input, 413 for too large
# and 415 for unknown ones.
REFUSED = frozenset({400, 413, 415})
RETRYING = Retry(
    total=3,
    allowed_methods={"POST"},
    status_forcelist={429, 500, 502, 503, 504},
    backoff_factor=0.5,
    # The service may ask for a longer wait than the function lasts.
    respect_retry_after_header=False,
    raise_on_status=False,
)


class TinyPngAccountError(Exception):
    """The account can't be used: a wrong key, or the month's limit is reached."""


@dataclass(frozen=True, slots=True)
class TinyPngEngine:
    """Thumbnails by the Tinify web service.

    Attributes:
        api_key: Returns the account's key; called for each picture, so that it can be replaced.
        base_url: The service's address, without a path.
        fit: "fit" or "cover"; the service has the same names.
        session: Keeps connections for the next picture.
    """

    api_key: Callable[[], str] = field(repr=False)
    base_url: str
    fit: Fit
    session: requests.Session = field(default_factory=requests.Session, repr=False)

    def __post_init__(self) -> None:
        self.session.mount(self.base_url, HTTPAdapter(max_retries=RETRYING))

    def make_sizes(self, data: bytes, sizes: Iterable[int]) -> dict[int, Thumbnail]:
        """Make thumbnails; the picture is sent to the service once, as it is.

        The service counts one compression, and one more for each resize:
        https://tinypng.com/developers/reference

        Raises:
            ImageRefusedError: The service can't read the picture, or the Pillow engine doesn't take
                its format. Permanent.
            TinyPngAccountError: The key is wrong, or the month's limit is reached.
            ServiceUnavailableError: The service fails or is unreachable.
        """
        path = self._output_path(self._post("/shrink", data=data))
        return {size: self._resized(path, size) for size in sizes}

    def _resized(self, path: str, size: int) -> Thumbnail:
        resize = {"method": self.fit, "width": size, "height": size}
        resized = self._post(path, json={"resize": resize})
        content_type = resized.headers.get("Content-Type", "").partition(";")[0].strip()
        if content_type.startswith("image/") and content_type not in CONTENT_TYPES:
            # The service takes formats that the contract doesn't have, such as AVIF.
            named = _one_line(content_type)[:40]
            raise ImageRefusedError(f"not a JPEG, PNG or WebP picture but {named}")
        if content_type not in CONTENT_TYPES or len(resized.content) > THUMBNAIL_BYTES_LIMIT:
            raise ServiceUnavailableError("TinyPNG: the answer is not a thumbnail")
        return Thumbnail(resized.content, content_type)

    def _post(
        self, path: str, *, data: bytes | None = None, json: dict[str, object] | None = None
    ) -> "Response":
        try:
            response = self.session.post(
                self.base_url + path,
                data=data,
                json=json,
                auth=("api", self.api_key()),
                timeout=TIMEOUT,
                allow_redirects=False,  # the key is for this host only
            )
        except requests.RequestException as error:
            raise ServiceUnavailableError(f"TinyPNG: {type(error).__name__}") from error
        if response.status_code not in (200, 201):
            raise _error_of(response)
        return response

    def _output_path(self, shrunk: "Response") -> str:
        """The path of the compressed picture, which must be on the same host: it gets the key.

        Raises:
            ServiceUnavailableError: The response has no such path.
        """
        base = urlsplit(self.base_url)
        try:
            location = urlsplit(shrunk.headers.get("Location", ""))
        except ValueError:  # such as an IPv6 address with no closing bracket
            location = urlsplit("")
        if (location.scheme, location.netloc) != (base.scheme, base.netloc) or not location.path:
            raise ServiceUnavailableError("TinyPNG: Location is not on the service's own host")
        return location.path


def _error_of(response: "Response") -> Exception:
    message = f"TinyPNG: HTTP {response.status_code} {_reason_of(response)}"
    if response.status_code in REFUSED:
        return ImageRefusedError(message)
    if response.status_code == 429:
        return TinyPngAccountError(f"{message} (the account's monthly limit, if it persists)")
    if response.status_code in (401, 403):
        return TinyPngAccountError(message)
    return ServiceUnavailableError(message)


def _reason_of(response: "Response") -> str:
    """The service's own message, as one short line."""
    try:
        body = response.json()
    except (requests.JSONDecodeError, RecursionError):
        return ""
    message = body.get("message") if isinstance(body, dict) else None
    return _one_line(str(message or ""))[:200]


def _one_line(text: str) -> str:
    """Text without invisible characters, since it is kept on the profile and logged."""
    printable = (character if character.isprintable() else " " for character in text)
    return " ".join("".join(printable).split())
