"""What every thumbnail engine takes, gives and raises."""

from dataclasses import dataclass, field
from typing import Literal, Protocol

# Both sides of a thumbnail at most, in pixels: fixed by the contract.
THUMBNAIL_SIDE = 150

Fit = Literal["fit", "cover"]


class ImageRefusedError(Exception):
    """These bytes can't be made into a thumbnail, now or later. The message says why."""


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
    """Makes thumbnails, one way or another."""

    def make(self, data: bytes) -> Thumbnail:
        """Make a thumbnail of an encoded picture.

        Raises:
            ImageRefusedError: The picture can't be made into one. Permanent.
        """
