"""What decoding a picture of an AVIF or HEIC file will take, as its own headers say."""

from typing import NamedTuple

# What a picture's colours are isn't said.
UNSPECIFIED = (2, 2, 2)


class CodedImage(NamedTuple):
    """A coded picture: all of it, one of its tiles, or its alpha channel.

    Attributes:
        width: The most that a frame of it may have, in pixels.
        height: As well.
        depth: Bits of a sample.
        samples: Samples a pixel: 1 for grey, 1.5 for 4:2:0, 3 for 4:4:4.
        frames: How many are decoded, up to the one that is shown.
        length: Of its bytes.
        has_grain: Whether noise may be added to it (AV1's film grain).
        codes: Its colours as code points of ITU-T H.273: primaries, transfer, matrix.
        is_full_range: Whether black is 0.
    """

    width: int
    height: int
    depth: int
    samples: float
    frames: int
    length: int
    has_grain: bool
    codes: tuple[int, int, int]
    is_full_range: bool
