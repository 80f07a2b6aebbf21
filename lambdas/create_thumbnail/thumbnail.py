"""The Pillow engine: bytes in, thumbnail out.

The order of the steps is what makes it fast and small: `Image.draft` asks libjpeg to decode at
1/8, 1/4 or 1/2 of the size, which it can do only while nothing has loaded the picture yet. Turning
it upright or converting its colours first would decode every pixel: 7 times slower for a
12-megapixel photograph.
"""

import io
import struct
import warnings
import zlib
from dataclasses import dataclass

# Only the plugins that are used: Image.init() would import all of them.
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

# Pillow's own limit counts pixels whatever their format, and stops real photographs of phones.
# decode_memory.py limits what matters instead, before anything is decoded.
Image.MAX_IMAGE_PIXELS = None

# All that Pillow is known to raise on damaged bytes. MemoryError is not among them: the picture
# may be fine where there is more memory.
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

# What turns a picture of each of EXIF's orientations upright. ImageOps.exif_transpose does it too,
# but then writes the EXIF block anew, which fails on blocks that can be read but are odd.
TURNS: dict[object, Image.Transpose] = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

# The picture as libjpeg scales it is at least this many times as large as the thumbnail in each
# direction, so that the last step of the reduction is ours and stays sharp. With 2.0 a photograph
# of one megapixel takes half as long again.
REDUCING_GAP = 1.5

# The pixels that it makes of the sample photographs are structurally similar to those of a full
# decode and Lanczos to 0.984 and more. Lanczos adds 0.005 to that, a third to the time of this step
# and 3 % to the bytes; Hamming takes 0.008 away, and then needs 20 % more bytes for QUALITY's aim.
FILTER = Image.Resampling.BICUBIC

# The lowest at which the thumbnails of all sample photographs, encoded, are structurally similar to
# the picture decoded whole and reduced by Lanczos to at least 0.98 (`make bench`).
QUALITY = 92

# Where a PNG says how many bits each of its samples has: its first chunk is always IHDR.
# https://www.w3.org/TR/png-3/#11IHDR
PNG_BIT_DEPTH_OFFSET = 24


@dataclass(frozen=True, slots=True)
class PillowEngine:
    """Thumbnails by Pillow.

    Attributes:
        fit: "fit" keeps the whole picture inside 150 x 150 pixels; "cover" fills a square of up to
            150 x 150 from its middle. Neither enlarges.
        max_decode_bytes: What decoding may hold, in bytes; see decode_memory.py.
    """

    fit: Fit
    max_decode_bytes: int

    def make(self, data: bytes) -> Thumbnail:
        """Make a thumbnail in the picture's own format: upright, in sRGB, with no metadata.

        The format is told from the bytes: JPEG, PNG or WebP; of several pictures the first.

        Raises:
            ImageRefusedError: It is another format, damaged, or too large to decode.
        """
        check_structure(data)
        # Pillow warns of odd metadata, once for each oddity: lines of plain text among our JSON,
        # as many as an uploader likes. What matters of it is an error.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return self._make(data)

    def _make(self, data: bytes) -> Thumbnail:
        try:
            with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
                self._check_size(picture, data)
                file_format = "JPEG" if picture.format == "MPO" else str(picture.format)
                if file_format == "JPEG":
                    # In one piece: the 64 kB of the default make libjpeg start again at each seam.
                    # A PNG would hold all of its data once more.
                    picture.decodermaxblock = len(data)
                elif file_format == "PNG":
                    _fit_transparent_colour(picture, data[PNG_BIT_DEPTH_OFFSET])
                reduced = self._reduce(picture)
                reduced.load()  # by now all of it is decoded: an error from here on is ours
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
    """A size times a factor, to the nearest pixel and to one at least."""
    width, height = size
    return (max(1, int(width * factor + 0.5)), max(1, int(height * factor + 0.5)))


def _resized(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    """The picture at a size that is not above its own.

    As `Image.thumbnail` does it, which however asks libjpeg for a square: a photograph of 4 to 3
    would be decoded at twice the scale that it needs.
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
    """Let the colour that stands for transparent be as deep as the pixels will be: 8 bits.

    Pillow reads it as it is in the file, of `bit_depth` bits. A PNG of 16 bits a colour is read by
    the upper 8, so there what comes that close to it counts as transparent too.
    """
    colour = picture.info.get("transparency")
    if bit_depth == 16 and isinstance(colour, tuple):
        picture.info["transparency"] = tuple(value >> 8 for value in colour)
    elif bit_depth in (2, 4) and isinstance(colour, int) and picture.mode == "L":
        picture.info["transparency"] = colour * 255 // (2**bit_depth - 1)


def _resizable(picture: Image.Image) -> Image.Image:
    """A picture in a mode that resizes well. JPEG's modes all do, and stay undecoded."""
    if picture.mode == "I;16":
        picture = _upper_8_bits(picture)
    if picture.mode in ("1", "P", "PA") or "transparency" in picture.info:
        return picture.convert("RGBA")
    return picture


def _upright(picture: Image.Image) -> Image.Image:
    """The picture as EXIF says that it was taken. EXIF that can't be read says nothing."""
    try:
        turn = TURNS.get(picture.getexif().get(ExifTags.Base.Orientation))
    except DAMAGED:
        return picture
    return picture if turn is None else picture.transpose(turn)


def _upper_8_bits(picture: Image.Image) -> Image.Image:
    """A picture of 16 bits of grey in 8; transparent where it has the shade that stands for it."""
    # Both bytes of a pixel as if they were two channels.
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
    """The picture in sRGB, or in grey: what every reader takes for granted without a profile."""
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
            converted = None  # a broken or unfitting profile: shown as sRGB, as browsers do
        if converted is not None:
            return converted
    return picture if picture.mode in ("L", mode) else picture.convert(mode)


def _encode(picture: Image.Image, file_format: str) -> Thumbnail:
    # Writers take comments, profiles and EXIF from `info` where they aren't told otherwise.
    picture.info = {}
    buffer = io.BytesIO()
    match file_format:
        case "JPEG":
            # `optimize` would take 6 % of the bytes, and 5 % more time for a megapixel.
            picture.save(buffer, "JPEG", quality=QUALITY)
        case "PNG":
            picture.save(buffer, "PNG", optimize=True)
        case _:
            picture.save(buffer, "WEBP", quality=QUALITY, method=6)
    return Thumbnail(buffer.getvalue(), f"image/{file_format.lower()}")
