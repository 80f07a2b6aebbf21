"""What a file says of its pixels' colours, as plain data. The colour stage makes sense of it."""

from typing import NamedTuple

# libpng's own limit on a chunk's content (PNG_USER_CHUNK_MALLOC_MAX). Browsers ignore longer ones.
PROFILE_BYTES_LIMIT = 8_000_000


class SourceColours(NamedTuple):
    """The colour data of a file; only what is whole and of the right length.

    Attributes:
        is_grey: Whether the pixels are grey, with or without an alpha channel.
        cicp: Code points of ITU-T H.273: primaries, transfer, matrix and range, a byte each.
        icc: A colour profile; empty for none.
        is_srgb: Whether the file says that it is sRGB.
        gamma: A PNG's gAMA: the exponent times 100,000; 0 for none.
        chromaticities: A PNG's cHRM: x and y of white, red, green and blue, times 100,000.
    """

    is_grey: bool = False
    cicp: bytes = b""
    icc: bytes = b""
    is_srgb: bool = False
    gamma: int = 0
    chromaticities: tuple[int, ...] = ()
