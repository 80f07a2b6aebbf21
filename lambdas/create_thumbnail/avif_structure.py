"""An AVIF's structure: its boxes, and the headers of its AV1 pictures.

The format: https://aomediacodec.github.io/av1-avif/
"""

from typing import NamedTuple

from create_thumbnail.av1_headers import av1_image
from create_thumbnail.bmff_boxes import brands_of
from create_thumbnail.bmff_colours import source_colours
from create_thumbnail.bmff_file import file_of
from create_thumbnail.bmff_items import items_of
from create_thumbnail.bmff_picture import Picture, Plane, picture_of
from create_thumbnail.coded_image import CodedImage
from create_thumbnail.decoded import Size
from create_thumbnail.engine import ImageRefusedError
from create_thumbnail.source_colours import SourceColours

CODING = b"av01"
BRANDS = frozenset({b"avif", b"avis"})


class AvifStructure(NamedTuple):
    """An AVIF without what decoding doesn't need.

    Attributes:
        width: In pixels, as stored, without what its clean aperture cuts off.
        height: As well.
        canvas: The size that the decoder gives.
        file: A file of the picture alone.
        colour: What decoding its colours will take, for each tile.
        alpha: What decoding its alpha channel will take, for each tile; empty if it has none.
        has_decoder_for_each_tile: Whether the frames of all tiles stay in memory until the end.
        orientation: As in EXIF, from irot and imir.
        colours: Its profile, or the code points of its colours.
    """

    width: int
    height: int
    canvas: Size
    file: bytes
    colour: tuple[CodedImage, ...]
    alpha: tuple[CodedImage, ...]
    has_decoder_for_each_tile: bool
    orientation: int
    colours: SourceColours

    @property
    def name(self) -> str:
        """The format's name, as in Pillow."""
        return "AVIF"

    @property
    def is_copied(self) -> bool:
        """Whether tiles are put together, or a picture of another size than stated is scaled."""
        planes = (self.colour, self.alpha[:1])
        return any((one.width, one.height) != self.canvas for plane in planes for one in plane)


def is_avif(data: bytes) -> bool:
    """Whether a file begins as an AVIF does: with its brand among those that it names."""
    return bool(BRANDS & brands_of(data))


def avif_structure(data: bytes) -> AvifStructure:
    """Walk an AVIF.

    Raises:
        ImageRefusedError: It has no whole picture, or more boxes than pictures have.
    """
    picture = picture_of(data, items_of(data))
    planes = [picture.colour] if picture.alpha is None else [picture.colour, picture.alpha]
    kinds = {plane.kind for plane in planes}
    if kinds != {CODING}:
        names = b" ".join(sorted(kinds)).decode("ascii", "replace")
        raise ImageRefusedError(f"a kind of AVIF that can't be read: {names!r}")
    colour, *rest = [_images(plane) for plane in planes]
    left, top, right, bottom = picture.crop or (0, 0, 0, 0)
    if (left, top) != (0, 0) or right == 0:
        # As in browsers: what is cut off on the left and above would only seem to be gone.
        right, bottom = picture.colour.size
    return AvifStructure(
        width=right,
        height=bottom,
        canvas=picture.colour.size,
        file=_file(picture),
        colour=colour,
        alpha=rest[0] if rest else (),
        has_decoder_for_each_tile=_has_decoder_for_each_tile(planes),
        orientation=picture.orientation,
        colours=source_colours(picture, colour[0]),
    )


def _has_decoder_for_each_tile(planes: list[Plane]) -> bool:
    """Whether libavif can't decode all tiles with one decoder.

    It can't where they are decoded up to different layers, and where one plane has one tile, whose
    frame it takes without a copy, beside another plane.
    """
    layers = {tile.layers for plane in planes for tile in plane.tiles}
    is_beside = len(planes) > 1 and any(len(plane.tiles) == 1 for plane in planes)
    return len(layers) > 1 or is_beside


def _images(plane: Plane) -> tuple[CodedImage, ...]:
    return tuple(av1_image(tile.data) for tile in plane.tiles)


def _file(picture: Picture) -> bytes:
    return file_of(
        b"avif",
        picture.colour,
        picture.alpha,
        picture.nclx,
        is_premultiplied=picture.is_premultiplied,
    )
