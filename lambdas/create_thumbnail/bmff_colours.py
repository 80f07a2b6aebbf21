"""The colours of an AVIF or HEIC: its profile, or code points of ITU-T H.273."""

import struct

from create_thumbnail.bmff_picture import Picture
from create_thumbnail.coded_image import UNSPECIFIED, CodedImage
from create_thumbnail.source_colours import SourceColours

# The curves of television's cameras. Encoders write them for what looks right as sRGB, and browsers
# show it so.
CAMERAS, SRGB = frozenset({1, 6, 14, 15}), 13


def source_colours(picture: Picture, first: CodedImage) -> SourceColours:
    """A profile counts before code points, those of the file before those of the bytes."""
    if picture.icc:
        return SourceColours(is_grey=first.samples == 1, icc=picture.icc)
    codes = first.codes
    if picture.nclx:
        codes = (*struct.unpack_from(">HH", picture.nclx), 0)
    primaries, transfer, _ = (
        usual if code == unspecified else code
        for code, unspecified, usual in zip(codes, UNSPECIFIED, (1, 13, 0), strict=True)
    )
    transfer = SRGB if transfer in CAMERAS else transfer
    # The decoder gives RGB of full range.
    cicp = bytes([primaries, transfer, 0, 1]) if max(primaries, transfer) < 256 else b""
    return SourceColours(is_grey=first.samples == 1, cicp=cicp)
