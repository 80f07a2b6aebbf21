"""The interface of the thumbnail engines."""

from dataclasses import dataclass, field
from typing import Literal, Protocol

# The longest side of a thumbnail in pixels; part of the contract.
THUMBNAIL_SIDE = 150

Fit = Literal["fit", "cover"]


class ImageRefusedError(Exception):
    """No thumbnail can be made from these bytes, now or later. The message says why."""


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """An encoded thumbnail.

    Attributes:
        data: The encoded picture.
        content_type: Its media type, such as "image/jpeg".
    """

    data: bytes = field(repr=False)
    content_type: str


class ThumbnailEngine(Protocol):
    """Makes thumbnails."""

    def make(self, data: bytes) -> Thumbnail:
        """Make a thumbnail of an encoded picture.

        Raises:
            ImageRefusedError: No thumbnail can be made from it. Permanent.
        """
