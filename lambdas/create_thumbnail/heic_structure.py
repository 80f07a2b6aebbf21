"""A HEIC's structure: its boxes, and the headers of its HEVC pictures.

The format: ISO/IEC 23008-12, annex B.
"""

from typing import NamedTuple

from create_thumbnail.bmff_boxes import brands_of
from create_thumbnail.bmff_colours import source_colours
from create_thumbnail.bmff_items import items_of
from create_thumbnail.bmff_picture import Plane, picture_of
from create_thumbnail.coded_image import CodedImage
from create_thumbnail.engine import ImageRefusedError
from create_thumbnail.hevc_headers import hevc_image
from create_thumbnail.source_colours import SourceColours

CODINGS = frozenset({b"hvc1", b"hev1"})
# mif1 alone may be any picture in such boxes; what it is shows when it is walked.
BRANDS = frozenset(
    {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1"}
)


class HeicStructure(NamedTuple):
    """The picture of a HEIC.

    Attributes:
        width: In pixels, as stored, without what its clean aperture cuts off.
        height: As well.
        crop: Where the picture is on what is decoded: left, top, right and bottom.
        colour: The tiles of its colours.
        alpha: Those of its alpha channel, if it has one.
        is_premultiplied: Whether the colours are multiplied by alpha already.
        nclx: The code points that the decoder needs, or nothing.
        images: What decoding each tile will take, those of the alpha channel, too.
        orientation: As in EXIF, from irot and imir.
        colours: Its profile, or the code points of its colours.
    """

    width: int
    height: int
    crop: tuple[int, int, int, int]
    colour: Plane
    alpha: Plane | None
    is_premultiplied: bool
    nclx: bytes
    images: tuple[CodedImage, ...]
    orientation: int
    colours: SourceColours

    @property
    def name(self) -> str:
        """The format's name."""
        return "HEIC"


def is_heic(data: bytes) -> bool:
    """Whether a file begins as a HEIC does."""
    return bool(BRANDS & brands_of(data))


def heic_structure(data: bytes) -> HeicStructure:
    """Walk a HEIC.

    Raises:
        ImageRefusedError: It has no whole picture, or more boxes than pictures have.
    """
    picture = picture_of(data, items_of(data))
    colour, alpha = picture.colour, picture.alpha
    planes = [colour] if alpha is None else [colour, alpha]
    kinds = {plane.kind for plane in planes}
    if not kinds <= CODINGS:
        names = b" ".join(sorted(kinds)).decode("ascii", "replace")
        raise ImageRefusedError(f"a kind of HEIC that can't be read: {names!r}")
    if len({(plane.grid, plane.tiles[0].size) for plane in planes}) > 1:
        raise ImageRefusedError(
            "a kind of HEIC that can't be read: an alpha channel of other tiles"
        )
    images = [
        hevc_image(tile.configuration.content, tile.data)
        for plane in planes
        for tile in plane.tiles
    ]
    crop = picture.crop or (0, 0, *colour.size)
    return HeicStructure(
        width=crop[2] - crop[0],
        height=crop[3] - crop[1],
        crop=crop,
        colour=colour,
        alpha=alpha,
        is_premultiplied=picture.is_premultiplied,
        nclx=picture.nclx,
        images=tuple(images),
        orientation=picture.orientation,
        colours=source_colours(picture, images[0]),
    )
