"""The interface of the thumbnail engines."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal, Protocol

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

    def make_sizes(self, data: bytes, sizes: Iterable[int]) -> dict[int, Thumbnail]:
        """Make the thumbnails of an encoded picture.

        Args:
            data: The picture.
            sizes: The longest sides of the thumbnails, in pixels.

        Returns:
            The thumbnails, by size.

        Raises:
            ImageRefusedError: No thumbnail can be made from it. Permanent.
        """
