"""The Pillow engine: bytes in, thumbnails out, by a chain of stages.

Each takes plain data and gives plain data, and knows none of the others:
structure, limits, decode, scale, orientation, colour, encode. Scale crops what is upright.

Their order makes it fast and small. A picture that is turned upright or converted before it is
reduced costs every pixel once more.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from PIL import Image

from create_thumbnail.colour import in_srgb
from create_thumbnail.decode import decoded
from create_thumbnail.decoded import Decoded
from create_thumbnail.encode import encoded
from create_thumbnail.engine import Fit, Thumbnail
from create_thumbnail.limits import check_limits
from create_thumbnail.orientation import upright
from create_thumbnail.scale import cropped, least_size, reduced, shrunk
from create_thumbnail.structure import Structure, structure_of
from shared.contract import CONTRACT_SIZE


@dataclass(frozen=True, slots=True)
class PillowEngine:
    """Thumbnails by Pillow.

    Attributes:
        fit: "fit" keeps the whole picture inside the thumbnail's square; "cover" fills a square of
            up to that size from its middle. Neither enlarges.
        max_decode_bytes: The most memory that decoding may take: see limits.py.
        takes_heic: Whether the layer that decodes HEIC is attached.
    """

    fit: Fit
    max_decode_bytes: int
    takes_heic: bool = False

    def make(self, data: bytes) -> Thumbnail:
        """Make the contract's thumbnail alone, as `make_sizes` does."""
        return self.make_sizes(data, (CONTRACT_SIZE,))[CONTRACT_SIZE]

    def make_sizes(self, data: bytes, sizes: Iterable[int]) -> dict[int, Thumbnail]:
        """Make thumbnails of a picture: upright, in sRGB, without metadata.

        They have the picture's own format, which the bytes decide: JPEG, PNG or WebP. Those of a
        GIF, an AVIF or a HEIC are WebPs. A file of several pictures counts as its first one. It is
        decoded once, at the size that the largest thumbnail needs.

        Raises:
            ImageRefusedError: It has another format, is damaged, or is too large to decode.
        """
        structure = structure_of(data, takes_heic=self.takes_heic)
        sides = tuple(sizes)
        check_limits(structure, self.max_decode_bytes, sides)
        least = least_size((structure.width, structure.height), max(sides), self.fit)
        picture = shrunk(decoded(structure, least), sides, self.fit)
        images = [self._upright(structure, picture, side) for side in sides]
        thumbnails = (
            encoded(image, structure.name) for image in in_srgb(images, structure.colours)
        )
        return dict(zip(sides, thumbnails, strict=True))

    def _upright(self, structure: Structure, picture: Decoded, side: int) -> Image.Image:
        return cropped(upright(reduced(picture, side, self.fit), structure), self.fit)
