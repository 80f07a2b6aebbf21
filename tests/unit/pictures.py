"""Generates pictures for the tests: good, odd and hostile."""

import io
import struct
import zlib
from collections.abc import Mapping

from PIL import ExifTags, Image, ImageCms

Colour = tuple[int, ...]

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)
CORNERS = (RED, GREEN, BLUE, WHITE)  # top left, top right, bottom left, bottom right

# s15Fixed16 colorants of Display P3, adapted to D50.
DISPLAY_P3 = {
    b"rXYZ": (0.515121, 0.241196, -0.001053),
    b"gXYZ": (0.291977, 0.692245, 0.041885),
    b"bXYZ": (0.157104, 0.066574, 0.784073),
}


def encoded(
    file_format: str,
    mode: str = "RGB",
    size: tuple[int, int] = (64, 48),
    colour: float | Colour | None = 0,
    **options: object,
) -> bytes:
    """A picture of one colour; options are Pillow's for saving."""
    return saved(Image.new(mode, size, colour), file_format, **options)


def saved(picture: Image.Image, file_format: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, file_format, **options)
    return buffer.getvalue()


def noise(file_format: str, mode: str = "RGB", **options: object) -> bytes:
    """A picture that doesn't compress well, so that it can be cut anywhere."""
    return saved(Image.effect_noise((320, 240), 90).convert(mode), file_format, **options)


def opened(data: bytes) -> Image.Image:
    """A picture, decoded."""
    picture = Image.open(io.BytesIO(data))
    picture.load()
    return picture


def quadrants(size: tuple[int, int] = (80, 40)) -> Image.Image:
    """A picture with a different colour in each corner."""
    width, height = size
    picture = Image.new("RGB", size)
    for index, colour in enumerate(CORNERS):
        left, top = (index % 2) * width // 2, (index // 2) * height // 2
        picture.paste(colour, (left, top, left + width // 2, top + height // 2))
    return picture


def corners(picture: Image.Image) -> list[Colour]:
    """The colours near the corners, in the order of CORNERS."""
    picture = picture.convert("RGB")
    right, bottom = picture.width - 4, picture.height - 4
    found = [picture.getpixel(at) for at in ((3, 3), (right, 3), (3, bottom), (right, bottom))]
    return [colour for colour in found if isinstance(colour, tuple)]


def is_close(one: Colour, other: Colour, tolerance: int = 12) -> bool:
    pairs = zip(one, other, strict=True)
    return all(abs(a - b) <= tolerance for a, b in pairs)


def exif(orientation: int | None = None, **texts: str) -> bytes:
    """An EXIF block with a place and a maker."""
    block = Image.Exif()
    if orientation is not None:
        block[ExifTags.Base.Orientation] = orientation
    block[ExifTags.Base.Make] = texts.get("make", "Secret Camera")
    block.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitudeRef] = "N"
    block.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (48.0, 8.0, 14.0)
    return block.tobytes()


def display_p3_profile() -> bytes:
    """sRGB's profile with Display P3's colorants; both have the same curve."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    data[24:36] = bytes(12)  # the time, with which names of tests would change
    (count,) = struct.unpack_from(">I", data, 128)
    for index in range(count):
        tag, offset, _ = struct.unpack_from(">4sII", data, 132 + 12 * index)
        if tag in DISPLAY_P3:
            fixed = [round(value * 65536) for value in DISPLAY_P3[tag]]
            struct.pack_into(">3i", data, offset + 8, *fixed)
    return bytes(data)


def display_p3_in_srgb(colour: Colour) -> Colour:
    """A Display P3 colour in sRGB, by the formula instead of a library."""

    def linear(value: int) -> float:
        part = value / 255
        return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)

    def coded(part: float) -> int:
        part = min(max(part, 0), 1)
        return round(
            255 * (12.92 * part if part <= 0.0031308 else 1.055 * part ** (1 / 2.4) - 0.055)
        )

    red, green, blue = (linear(value) for value in colour)
    return (
        coded(1.2249401 * red - 0.2249404 * green),
        coded(-0.0420569 * red + 1.0420571 * green),
        coded(-0.0196376 * red - 0.0786361 * green + 1.0982735 * blue),
    )


def png_chunk(name: bytes, data: bytes) -> bytes:
    checksum = zlib.crc32(name + data)
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", checksum)


def raw_png(  # noqa: PLR0913 - the fields of a PNG's header
    width: int,
    height: int,
    *,
    depth: int,
    colour_type: int,
    rows: bytes,
    chunks: Mapping[bytes, bytes] | None = None,
) -> bytes:
    """A PNG from its fields, also of kinds that Pillow doesn't write; rows have their filter."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, 0)
    extra = b"".join(png_chunk(name, data) for name, data in (chunks or {}).items())
    data = png_chunk(b"IDAT", zlib.compress(rows))
    end = png_chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + extra + data + end


def large_jpeg(width: int, height: int) -> bytes:
    """A baseline JPEG of one colour, of any height: one row of blocks, repeated."""
    one_row = encoded("JPEG", "RGB", (width, 16), (90, 120, 30), restart_marker_rows=1)
    frame = one_row.index(b"\xff\xc0")
    start = one_row.index(b"\xff\xda")
    start += 2 + int.from_bytes(one_row[start + 2 : start + 4], "big")
    header = bytearray(one_row[:start])
    struct.pack_into(">H", header, frame + 5, height)
    row, end = one_row[start:-2], one_row[-2:]
    count = -(-height // 16)
    rows = (row + bytes([0xFF, 0xD0 + index % 8]) for index in range(count - 1))
    return bytes(header) + b"".join(rows) + row + end


def scan_bomb(scans: int) -> bytes:
    """A progressive JPEG whose last scan is repeated."""
    data = encoded("JPEG", progressive=True)
    last = data.rindex(b"\xff\xda")
    own_scans = data.count(b"\xff\xda")
    return data[:-2] + data[last:-2] * (scans - own_scans) + data[-2:]


def interlaced_png(picture: Image.Image) -> bytes:
    """An RGB or grey picture in the seven passes of Adam7, which Pillow doesn't write."""
    passes = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2))
    rows = b""
    for left, top, across, down in (*passes, (0, 1, 1, 2)):
        columns = range(left, picture.width, across)
        for y in range(top, picture.height, down) if columns else ():
            pixels = [picture.getpixel((x, y)) for x in columns]
            rows += b"\0" + b"".join(
                bytes(pixel) if isinstance(pixel, tuple) else bytes([int(pixel or 0)])
                for pixel in pixels
            )
    colour_type = 2 if picture.mode == "RGB" else 0
    return png_of(picture.size, (8, colour_type, 0, 0, 1), zlib.compress(rows))


def png_of(
    size: tuple[int, int],
    kind: tuple[int, ...],
    compressed: bytes,
    chunks: Mapping[bytes, bytes] | None = None,
) -> bytes:
    """A PNG from its compressed rows; `kind` is what its header has behind the size."""
    extra = b"".join(png_chunk(name, data) for name, data in (chunks or {}).items())
    return (
        b"\x89PNG\r\n\x1a\n"
        + png_chunk(b"IHDR", struct.pack(">II5B", *size, *kind))
        + extra
        + png_chunk(b"IDAT", compressed)
        + png_chunk(b"IEND", b"")
    )


def lossless_jpeg(picture: Image.Image) -> bytes:
    """A picture of grey or RGB as a lossless JPEG (ITU-T T.81, annex H)."""
    bands = picture.split()
    ids = b"RGB"[: len(bands)] if len(bands) == 3 else b"\1"
    # Nine categories of differences, each with a code of four bits.
    table = b"\0" + bytes((0, 0, 0, 9)) + bytes(12) + bytes(range(9))
    bits = []
    for y in range(picture.height):
        for x in range(picture.width):
            bits += [_difference(band, x, y) for band in bands]
    text = "".join(bits)
    text += "1" * (-len(text) % 8)
    data = int(text, 2).to_bytes(len(text) // 8, "big").replace(b"\xff", b"\xff\0")
    frame = struct.pack(">BHHB", 8, picture.height, picture.width, len(ids))
    scan = bytes([len(ids)]) + b"".join(bytes([one, 0]) for one in ids) + b"\1\0\0"
    return (
        b"\xff\xd8"
        + jpeg_segment(0xC4, table)
        + jpeg_segment(0xC3, frame + b"".join(bytes([one, 0x11, 0]) for one in ids))
        + jpeg_segment(0xDA, scan)
        + data
        + b"\xff\xd9"
    )


def _difference(band: Image.Image, x: int, y: int) -> str:
    """The bits of a sample's difference to the one on its left, or above it in the first column."""
    predicted = band.getpixel((x - 1, y) if x else (0, y - 1)) if x or y else 128
    difference = int(band.getpixel((x, y))) - int(predicted)  # type: ignore[arg-type] # one band
    category = abs(difference).bit_length()
    coded = difference if difference > 0 else difference + 2**category - 1
    return f"{category:04b}" + (f"{coded:0{category}b}" if category else "")


def jpeg_segment(marker: int, content: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(content) + 2) + content
