"""The Pillow engine: bytes in, thumbnail out.

The order of the steps makes it fast and small: `Image.draft` lets libjpeg decode at 1/8, 1/4 or 1/2
of the size, but only before the picture is loaded. Turning it upright or converting its colours
first would decode every pixel: 7 times slower for a 12-megapixel photograph.
"""

import io
import struct
import warnings
import zlib
from dataclasses import dataclass

# The used plugins only: Image.init() would import all of them.
from PIL import (
    ExifTags,
    Image,
    ImageChops,
    ImageCms,
    ImageOps,
    JpegImagePlugin,  # noqa: F401 - registers JPEG
    PngImagePlugin,  # noqa: F401 - registers PNG
    UnidentifiedImageError,
    WebPImagePlugin,  # noqa: F401 - registers WebP
)

from create_thumbnail.decode_memory import decode_bytes
from create_thumbnail.engine import THUMBNAIL_SIDE, Fit, ImageRefusedError, Thumbnail
from create_thumbnail.file_structure import check_structure
from create_thumbnail.icc_profile import quick_profile

FORMATS = ("JPEG", "PNG", "WEBP")

# Pillow's own limit counts pixels of any format alike, and refuses real photographs of phones.
# decode_memory.py limits the memory instead, before anything is decoded.
Image.MAX_IMAGE_PIXELS = None

# All that Pillow is known to raise on damaged bytes. Not MemoryError: with more memory the picture
# may be fine.
DAMAGED = (
    OSError,  # unidentified, truncated, broken data stream
    SyntaxError,  # broken PNG chunks
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    EOFError,
    struct.error,
    zlib.error,
)

# By EXIF orientation, what turns a picture upright. ImageOps.exif_transpose does it too, but also
# rewrites the EXIF block, which fails on odd blocks that can be read.
TURNS: dict[object, Image.Transpose] = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

# libjpeg's scaled picture is at least this many times as large as the thumbnail in each direction,
# so that the last step of the reduction is ours and stays sharp. With 2.0 a photograph of one
# megapixel takes half as long again.
REDUCING_GAP = 1.5

# Structural similarity of the sample photographs' pixels to a full decode with Lanczos: at least
# 0.984. Lanczos adds 0.005, with a third more time for this step and 3 % more bytes. Hamming loses
# 0.008, and then needs 20 % more bytes for QUALITY's aim.
FILTER = Image.Resampling.BICUBIC

# The lowest quality at which all encoded sample thumbnails have a structural similarity of at least
# 0.98 to the picture decoded whole and reduced by Lanczos (`make bench`).
QUALITY = 92

# The offset of a PNG's bits per sample: its first chunk is always IHDR.
# https://www.w3.org/TR/png-3/#11IHDR
PNG_BIT_DEPTH_OFFSET = 24


@dataclass(frozen=True, slots=True)
class PillowEngine:
    """Thumbnails by Pillow.

    Attributes:
        fit: "fit" keeps the whole picture inside 150 x 150 pixels; "cover" fills a square of up to
            150 x 150 from its middle. Neither enlarges.
        max_decode_bytes: The most memory that decoding may take: see decode_memory.py.
    """

    fit: Fit
    max_decode_bytes: int

    def make(self, data: bytes) -> Thumbnail:
        """Make a thumbnail in the picture's own format: upright, in sRGB, without metadata.

        The bytes decide the format: JPEG, PNG or WebP. A file of several pictures counts as its
        first one.

        Raises:
            ImageRefusedError: It has another format, is damaged, or is too large to decode.
        """
        check_structure(data)
        # Pillow warns of each oddity in metadata, in lines of plain text among our JSON, as many as
        # an uploader likes. What matters is an error.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return self._make(data)

    def _make(self, data: bytes) -> Thumbnail:
        try:
            with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
                self._check_size(picture, data)
                file_format = "JPEG" if picture.format == "MPO" else str(picture.format)
                if file_format == "JPEG":
                    # In one piece: with the default of 64 kB libjpeg starts again at each seam.
                    # Not for a PNG, which would hold all of its data a second time.
                    picture.decodermaxblock = len(data)
                elif file_format == "PNG":
                    _fit_transparent_colour(picture, data[PNG_BIT_DEPTH_OFFSET])
                reduced = self._reduce(picture)
                reduced.load()  # all is decoded now: a later error is ours
        except UnidentifiedImageError:
            raise ImageRefusedError("not a JPEG, PNG or WebP picture") from None
        except DAMAGED as error:
            raise ImageRefusedError(f"damaged picture: {type(error).__name__}: {error}") from error
        return _encode(_to_srgb(reduced), file_format)

    def _check_size(self, picture: Image.Image, data: bytes) -> None:
        needed = decode_bytes(picture, data)
        if needed > self.max_decode_bytes:
            raise ImageRefusedError(
                f"too large: {picture.width} x {picture.height} pixels as {picture.format} need"
                f" {needed:,} bytes to decode, {self.max_decode_bytes:,} are allowed"
            )

    def _reduce(self, picture: Image.Image) -> Image.Image:
        """The picture at its final size, upright."""
        picture = _resizable(picture)
        if self.fit == "cover":
            side = min(THUMBNAIL_SIDE, *picture.size)
            covering = _scaled(picture.size, side / min(picture.size))
            return ImageOps.fit(_upright(_resized(picture, covering)), (side, side))
        fitting = _scaled(picture.size, min(1, THUMBNAIL_SIDE / max(picture.size)))
        return _upright(_resized(picture, fitting))


def _scaled(size: tuple[int, int], factor: float) -> tuple[int, int]:
    """A size times a factor, to the nearest pixel and at least one."""
    width, height = size
    return (max(1, int(width * factor + 0.5)), max(1, int(height * factor + 0.5)))


def _resized(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    """The picture at a size up to its own.

    As `Image.thumbnail` does it, but that asks libjpeg for a square: it would decode a 4:3
    photograph at twice the scale that it needs.
    """
    if size == picture.size:
        return picture
    drafted = picture.draft(None, (int(size[0] * REDUCING_GAP), int(size[1] * REDUCING_GAP)))
    return picture.resize(
        size,
        FILTER,
        box=drafted[1] if drafted else None,
        reducing_gap=REDUCING_GAP,
    )


def _fit_transparent_colour(picture: Image.Image, bit_depth: int) -> None:
    """Convert the transparent colour to 8 bits, as the pixels will be.

    Pillow keeps it as it is in the file, with `bit_depth` bits. Of 16 bits a colour it reads the
    upper 8, so there the closest colours count as transparent, too.
    """
    colour = picture.info.get("transparency")
    if bit_depth == 16 and isinstance(colour, tuple):
        picture.info["transparency"] = tuple(value >> 8 for value in colour)
    elif bit_depth in (2, 4) and isinstance(colour, int) and picture.mode == "L":
        picture.info["transparency"] = colour * 255 // (2**bit_depth - 1)


def _resizable(picture: Image.Image) -> Image.Image:
    """The picture in a mode that resizes well. JPEG's modes all do, and stay undecoded."""
    if picture.mode == "I;16":
        picture = _upper_8_bits(picture)
    if picture.mode in ("1", "P", "PA") or "transparency" in picture.info:
        return picture.convert("RGBA")
    return picture


def _upright(picture: Image.Image) -> Image.Image:
    """The picture turned upright as its EXIF says. Unreadable EXIF is ignored."""
    try:
        turn = TURNS.get(picture.getexif().get(ExifTags.Base.Orientation))
    except DAMAGED:
        return picture
    return picture if turn is None else picture.transpose(turn)


def _upper_8_bits(picture: Image.Image) -> Image.Image:
    """16 bits of grey in 8; transparent where a pixel has the transparent shade."""
    # Both bytes of a pixel, as two channels.
    lower, upper = Image.frombytes("LA", picture.size, picture.tobytes()).split()
    shade = picture.info.pop("transparency", None)
    if shade is not None:
        differences = ImageChops.lighter(
            lower.point(lambda value: 0 if value == shade % 256 else 255),
            upper.point(lambda value: 0 if value == shade // 256 else 255),
        )
        upper = Image.merge("LA", (upper, differences))
    upper.info = picture.info
    return upper


def _to_srgb(picture: Image.Image) -> Image.Image:
    """The picture in sRGB or grey: what readers assume of a picture without a profile."""
    has_alpha = picture.mode in ("LA", "La", "RGBA", "RGBa")
    mode = "RGBA" if has_alpha else "RGB"
    profile = picture.info.get("icc_profile")
    if profile and picture.mode in ("RGB", "RGBA", "CMYK", "L"):
        try:
            converted = ImageCms.profileToProfile(
                picture,
                ImageCms.ImageCmsProfile(io.BytesIO(quick_profile(profile))),
                ImageCms.createProfile("sRGB"),
                outputMode=mode,
            )
        except (ImageCms.PyCMSError, OSError):
            converted = None  # a broken or unfit profile: shown as sRGB, as browsers do
        if converted is not None:
            return converted
    return picture if picture.mode in ("L", mode) else picture.convert(mode)


def _encode(picture: Image.Image, file_format: str) -> Thumbnail:
    # By default, writers take comments, profiles and EXIF from `info`.
    picture.info = {}
    buffer = io.BytesIO()
    match file_format:
        case "JPEG":
            # `optimize` would save 6 % of the bytes and cost 5 % more time for a megapixel.
            picture.save(buffer, "JPEG", quality=QUALITY)
        case "PNG":
            picture.save(buffer, "PNG", optimize=True)
        case _:
            picture.save(buffer, "WEBP", quality=QUALITY, method=6)
    return Thumbnail(buffer.getvalue(), f"image/{file_format.lower()}")
