"""Generates named pictures that are damaged, odd or hostile.

Small ones cover all ways to cut a file of each kind or to put it together wrongly. Large ones
are made to fill the memory or to take the time of a program that reads them.
"""

import io
import random
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from itertools import product

from PIL import Image, ImageCms

from tests.unit.gifs import GifFrame, blocks, extension, gif, packed
from tests.unit.pictures import (
    display_p3_profile,
    encoded,
    exif,
    large_jpeg,
    noise,
    png_chunk,
    saved,
)

Entry = tuple[str, Callable[[], bytes]]

MEGABYTE = 2**20
GIANT = 12 * MEGABYTE
# A little less than the function reads with the least memory that is allowed.
LARGEST = 27 * MEGABYTE
ROWS_TOGETHER = 64
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xDA)})
SIDES = (0, 1, 16_384, 65_500, 65_535)

# This must never be in a thumbnail, no matter where it was in the original.
PAYLOAD = b"<script>alert('polyglot')</script>"


def small_entries() -> Iterator[Entry]:
    """Thousands of small files."""
    for name, data in jpegs():
        yield from _cuts(f"jpeg {name}", data, [start for start, _, _ in jpeg_segments(data)])
        yield from _jpeg_structures(name, data)
        yield from _flips(f"jpeg {name}", data)
    for name, data in pngs():
        yield from _cuts(f"png {name}", data, [start for start, _ in png_chunks(data)])
        yield from _png_structures(name, data)
        yield from _flips(f"png {name}", data)
    for name, data in webps():
        yield from _cuts(f"webp {name}", data, [start for start, _ in riff_chunks(data)])
        yield from _webp_structures(name, data)
        yield from _flips(f"webp {name}", data)
    for name, data in gifs():
        yield from _cuts(f"gif {name}", data, [*range(0, 50, 4)])
        yield from _flips(f"gif {name}", data)
    yield from _gif_frames()
    yield from _exif_blocks()
    yield from _profiles()
    yield from _polyglots()
    yield from _other_formats()


def large_entries() -> Iterator[Entry]:
    """Files that are made to fill the memory or to take the time of a program that reads them."""
    yield from _giant_metadata()
    yield from _very_many_parts()
    yield from _very_many_gif_parts()
    yield from _huge_headers()


def entries_of_size(max_decode_bytes: int) -> Iterator[Entry]:
    """Pictures just at the limit of decoding, and a little above it."""
    for share, kind in ((0.99, "just taken"), (1.01, "just refused")):
        limit = max_decode_bytes * share
        side = int((limit / 4) ** 0.5)
        yield f"png rgb {kind}", partial(_flat_png, side, side)
        side = int((limit / 17) ** 0.5)
        yield f"webp {kind}", partial(encoded, "WEBP", "RGB", (side, side), method=0)
        side = int((limit / 5) ** 0.5)
        yield f"gif {kind}", partial(_flat_gif, side)
        side = int((limit / 3.24) ** 0.5)
        yield f"jpeg progressive {kind}", partial(_progressive, side)
        yield f"jpeg of 100 scans {kind}", partial(_scans, 100, side)
    yield "jpeg baseline of 108 megapixels", partial(large_jpeg, 12_000, 9_000)


# The valid pictures that the others are made from.


def jpegs() -> Iterator[tuple[str, bytes]]:
    picture = Image.effect_noise((40, 30), 90).convert("RGB")
    yield "baseline", saved(picture, "JPEG")
    yield "progressive", saved(picture, "JPEG", progressive=True)
    yield "grey", saved(picture.convert("L"), "JPEG")
    yield "cmyk", saved(picture.convert("CMYK"), "JPEG")
    yield "restart", saved(picture, "JPEG", restart_marker_blocks=2, subsampling="4:2:0")
    yield (
        "metadata",
        saved(
            picture,
            "JPEG",
            exif=exif(6),
            icc_profile=display_p3_profile(),
            xmp=b"<x/>",
            comment=PAYLOAD,
        ),
    )
    other = Image.new("RGB", (40, 30))
    yield "mpo", saved(picture, "MPO", save_all=True, append_images=[other])


def pngs() -> Iterator[tuple[str, bytes]]:
    picture = Image.effect_noise((24, 20), 90).convert("RGB")
    for mode in ("L", "RGB", "RGBA", "LA", "P", "1", "I;16"):
        yield (
            mode,
            saved(
                picture.convert("I").convert(mode) if mode == "I;16" else picture.convert(mode),
                "PNG",
            ),
        )
    yield "metadata", saved(picture, "PNG", exif=exif(3), icc_profile=display_p3_profile())
    yield "transparent", saved(picture, "PNG", transparency=(1, 2, 3))
    yield "interlaced", interlaced_png(b"IHDR")
    other = Image.new("RGB", (24, 20))
    yield "apng", saved(picture, "PNG", save_all=True, append_images=[other], duration=9)
    yield "two idats", _split_idat(saved(picture, "PNG"))


def webps() -> Iterator[tuple[str, bytes]]:
    picture = Image.effect_noise((24, 20), 90).convert("RGB")
    yield "lossy", saved(picture, "WEBP")
    yield "lossless", saved(picture, "WEBP", lossless=True)
    transparent = picture.convert("RGBA")
    transparent.putalpha(Image.effect_noise((24, 20), 90))
    yield "alpha", saved(transparent, "WEBP")
    yield "extended", saved(picture, "WEBP", exif=exif(6), icc_profile=display_p3_profile())
    other = Image.new("RGB", (24, 20))
    yield "animated", saved(picture, "WEBP", save_all=True, append_images=[other, picture])


def gifs() -> Iterator[tuple[str, bytes]]:
    picture = Image.effect_noise((24, 20), 90)
    yield "grey", saved(picture, "GIF")
    yield "colours", saved(picture.convert("RGB").quantize(20), "GIF", interlace=1)
    yield "transparent", saved(picture, "GIF", transparency=9, comment=PAYLOAD)
    yield "animated", saved(picture, "GIF", save_all=True, append_images=[picture.rotate(90)])


def interlaced_png(_: bytes = b"") -> bytes:
    """A PNG in the seven passes of Adam7, which Pillow doesn't write."""
    passes = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2))
    rows = b""
    for left, top, by_x, by_y in (*passes, (0, 1, 1, 2)):
        width, height = len(range(left, 24, by_x)), len(range(top, 20, by_y))
        rows += (b"\0" + bytes(range(width)) if width else b"") * height
    header = struct.pack(">IIBBBBB", 24, 20, 8, 0, 0, 0, 1)
    return _png((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))


# Their parts.


def jpeg_segments(data: bytes) -> list[tuple[int, int, int]]:
    """Start, end and marker of each segment, those in and between the scans too."""
    found = []
    position = 0
    while (start := data.find(b"\xff", position)) >= 0 and start + 1 < len(data):
        marker = data[start + 1]
        position = start + 2
        if marker in (0x00, 0xFF):
            continue
        if marker not in WITHOUT_LENGTH:
            position += int.from_bytes(data[position : position + 2], "big")
        found.append((start, position, marker))
    return found


def png_chunks(data: bytes) -> list[tuple[int, int]]:
    """Start and end of each chunk."""
    found = []
    position = len(PNG_SIGNATURE)
    while position < len(data):
        end = position + 12 + int.from_bytes(data[position : position + 4], "big")
        found.append((position, end))
        position = end
    return found


def riff_chunks(data: bytes) -> list[tuple[int, int]]:
    """Start and end of each chunk of a WebP, those in the frames of an animation too."""
    found = []
    position = 12
    while position + 8 <= len(data):
        length = int.from_bytes(data[position + 4 : position + 8], "little")
        end = position + 8 + length + length % 2
        found.append((position, end))
        position = position + 24 if data[position : position + 4] == b"ANMF" else end
    return found


# The changes to them.


def _entry(name: str, data: bytes) -> Entry:
    return name, lambda: data


def _cuts(name: str, data: bytes, starts: list[int]) -> Iterator[Entry]:
    for at in sorted({max(0, start + by) for start in starts for by in (-1, 0, 1, 2, 3, 5)}):
        yield _entry(f"{name}: cut at {at}", data[:at])
    for at in (1, 2, 3):
        yield _entry(f"{name}: cut at {at} from the end", data[:-at])


def _flips(name: str, data: bytes) -> Iterator[Entry]:
    chance = random.Random(name)  # noqa: S311 - the same corpus every time, no secret
    for number in range(40):
        flipped = bytearray(data)
        for _ in range(chance.choice((1, 1, 2, 8, 40))):
            flipped[chance.randrange(len(data))] = chance.choice((0, 1, 0x7F, 0x80, 0xFF, 0xD8))
        yield _entry(f"{name}: flipped {number}", bytes(flipped))


def _with_bytes(data: bytes, at: int, new: bytes) -> bytes:
    return data[:at] + new + data[at + len(new) :]


def _without_with_twice(name: str, data: bytes, parts: list[tuple[int, int]]) -> Iterator[Entry]:
    for number, (start, end) in enumerate(parts):
        yield _entry(f"{name}: without part {number}", data[:start] + data[end:])
        yield _entry(f"{name}: part {number} twice", data[:end] + data[start:])
        yield _entry(f"{name}: part {number} last", data[:start] + data[end:] + data[start:end])
        yield _entry(
            f"{name}: part {number} of zeros",
            data[: start + 8] + b"\0" * (end - start - 8) + data[end:],
        )
        yield _entry(
            f"{name}: part {number} of ones",
            data[: start + 8] + b"\xff" * (end - start - 8) + data[end:],
        )


def _jpeg_structures(name: str, data: bytes) -> Iterator[Entry]:
    segments = jpeg_segments(data)
    with_length = [part for part in segments if part[2] not in WITHOUT_LENGTH]
    yield from _without_with_twice(
        f"jpeg {name}", data, [(start, end) for start, end, _ in with_length]
    )
    for start, end, marker in with_length:
        for length in (0, 1, 2, 3, 0xFFFF, end - start - 3, end - start - 1):
            changed = _with_bytes(data, start + 2, struct.pack(">H", max(0, length)))
            yield _entry(f"jpeg {name}: {marker:X} at {start} says {length} bytes", changed)
    for start, _, marker in segments:
        if 0xC0 <= marker <= 0xC2:
            yield from _jpeg_frames(f"jpeg {name}, frame at {start}", data, start)


def _gif_frames() -> Iterator[Entry]:
    """With screens and frames of odd sizes."""
    for screen, frame in product(SIDES, SIDES):
        pixels = bytes(min(frame * 9, 999))
        for size in ((frame, 9), (9, frame)):
            data = gif((screen, 3), [(1, 2, 3)], GifFrame(size, pixels, place=(screen, 5)))
            yield _entry(f"gif of {screen} with a frame of {size}", data)


def _jpeg_frames(name: str, data: bytes, start: int) -> Iterator[Entry]:
    """With wrong sizes, depths, components, samplings and kinds of coding."""
    for height, width in product(SIDES, SIDES):
        changed = _with_bytes(data, start + 5, struct.pack(">HH", height, width))
        yield _entry(f"{name}: {width} x {height}", changed)
    values = {4: (0, 1, 12, 16, 255), 9: (0, 1, 2, 5, 255), 11: (0, 0xFF, 0x14)}
    for at, value in ((at, value) for at, of_byte in values.items() for value in of_byte):
        changed = _with_bytes(data, start + at, bytes([value]))
        yield _entry(f"{name}: byte {at} is {value}", changed)
    for kind in range(0xC0, 0xD0):
        changed = _with_bytes(data, start + 1, bytes([kind]))
        yield _entry(f"{name}: kind {kind:X}", changed)


def _png(*chunks: tuple[bytes, bytes]) -> bytes:
    return PNG_SIGNATURE + b"".join(png_chunk(name, data) for name, data in chunks)


def _split_idat(data: bytes) -> bytes:
    chunks: list[tuple[bytes, bytes]] = []
    for start, end in png_chunks(data):
        name, content = data[start + 4 : start + 8], data[start + 8 : end - 4]
        middle = len(content) // 2 if name == b"IDAT" else 0
        chunks += (
            [(name, content[:middle]), (name, content[middle:])] if middle else [(name, content)]
        )
    return _png(*chunks)


def _png_structures(name: str, data: bytes) -> Iterator[Entry]:
    chunks = png_chunks(data)
    yield from _without_with_twice(f"png {name}", data, chunks)
    for start, end in chunks:
        kind = data[start + 4 : start + 8].decode()
        for length in (0, 1, 2, 0xFFFF, 2**31 - 1, 2**31, 2**32 - 1):
            changed = _with_bytes(data, start, struct.pack(">I", length))
            yield _entry(f"png {name}: {kind} at {start} says {length} bytes", changed)
        yield _entry(
            f"png {name}: {kind} at {start} has a bad CRC", _with_bytes(data, end - 4, b"no!!")
        )
        for other in (b"ABCD", b"abCd", b"IDAT", b"\0\0\0\0", b"tRNS", b"PLTE", b"iCCP", b"fdAT"):
            yield _entry(
                f"png {name}: {kind} at {start} is called {other!r}",
                data[:start] + png_chunk(other, data[start + 8 : end - 4]) + data[end:],
            )
    rest = data[chunks[0][1] :]
    for width, height in product((0, 1, 65_535, 2**31 - 1, 2**32 - 1), repeat=2):
        header = struct.pack(">II", width, height) + data[24:29]
        changed = PNG_SIGNATURE + png_chunk(b"IHDR", header) + rest
        yield _entry(f"png {name}: {width} x {height}", changed)
    for depth in (0, 1, 2, 4, 8, 16, 255):
        for colour_type in (0, 1, 2, 3, 4, 6, 255):
            header = data[16:24] + bytes([depth, colour_type]) + data[26:29]
            changed = PNG_SIGNATURE + png_chunk(b"IHDR", header) + rest
            yield _entry(f"png {name}: depth {depth}, colours {colour_type}", changed)


def _webp_structures(name: str, data: bytes) -> Iterator[Entry]:
    chunks = riff_chunks(data)
    yield from _without_with_twice(f"webp {name}", data, chunks)
    for start, _ in chunks:
        kind = data[start : start + 4].decode()
        for length in (0, 1, 2, 3, 0xFFFF, 2**31, 2**32 - 10, 2**32 - 1):
            changed = _with_bytes(data, start + 4, struct.pack("<I", length))
            yield _entry(f"webp {name}: {kind} at {start} says {length} bytes", changed)
        for at, value in product(range(8, 22), (0, 0x7F, 0xFF)):
            changed = _with_bytes(data, start + at, bytes([value]))
            yield _entry(f"webp {name}: byte {at} of {kind} at {start} is {value}", changed)
        for other in (
            b"VP8 ",
            b"VP8L",
            b"VP8X",
            b"ALPH",
            b"ANIM",
            b"ANMF",
            b"EXIF",
            b"ICCP",
            b"XXXX",
        ):
            changed = _with_bytes(data, start, other)
            yield _entry(f"webp {name}: {kind} at {start} is called {other!r}", changed)
    for length in (0, 4, 2**31, 2**32 - 1):
        changed = _with_bytes(data, 4, struct.pack("<I", length))
        yield _entry(f"webp {name}: RIFF says {length} bytes", changed)
    for width, height in product((1, 16_383, 16_384, 65_536, 2**24), (1, 16_384, 2**24)):
        yield _entry(f"webp {name}: canvas {width} x {height}", _on_canvas(data, width, height))


def _on_canvas(data: bytes, width: int, height: int) -> bytes:
    """The chunks of a WebP behind a header that states another size."""
    size = struct.pack("<I", width - 1)[:3] + struct.pack("<I", height - 1)[:3]
    chunks = data[12:] if data[12:16] != b"VP8X" else data[30:]
    flags = data[20:24] if data[12:16] == b"VP8X" else b"\0\0\0\0"
    body = b"WEBPVP8X" + struct.pack("<I", 10) + flags + size + chunks
    return b"RIFF" + struct.pack("<I", len(body)) + body


# Metadata.


def in_jpeg(*segments: tuple[int, bytes], size: tuple[int, int] = (40, 30)) -> bytes:
    """A JPEG with further segments in front of its own."""
    plain = encoded("JPEG", size=size)
    extra = b"".join(
        bytes([0xFF, marker]) + struct.pack(">H", len(content) + 2) + content
        for marker, content in segments
    )
    return plain[:2] + extra + plain[2:]


def in_png(*chunks: tuple[bytes, bytes]) -> bytes:
    """A PNG with further chunks between its header and its picture."""
    plain = encoded("PNG", size=(24, 20))
    return plain[:33] + b"".join(png_chunk(name, data) for name, data in chunks) + plain[33:]


def in_webp(flags: int, *chunks: tuple[bytes, bytes]) -> bytes:
    """A WebP with metadata; flags are those of its extended header."""
    simple = encoded("WEBP", size=(24, 20))
    before = b"".join(_riff_chunk(name, data) for name, data in chunks if name == b"ICCP")
    after = b"".join(_riff_chunk(name, data) for name, data in chunks if name != b"ICCP")
    size = struct.pack("<I", 23)[:3] + struct.pack("<I", 19)[:3]
    extended = _riff_chunk(b"VP8X", bytes([flags, 0, 0, 0]) + size)
    body = b"WEBP" + extended + before + simple[12:] + after
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _riff_chunk(name: bytes, data: bytes) -> bytes:
    return name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def ifd(entries: list[tuple[int, int, int, int]], following: int = 0, size: int = 0) -> bytes:
    """An EXIF block of one directory of (tag, type, count, value), filled up to a size."""
    listed = b"".join(struct.pack(">HHII", *entry) for entry in entries)
    block = b"MM\0*\0\0\0\x08" + struct.pack(">H", len(entries)) + listed
    return (block + struct.pack(">I", following)).ljust(size, b"\0")


def _exif_blocks() -> Iterator[Entry]:
    orientation = (0x0112, 3, 1, 6 << 16)
    blocks = {
        "that points to itself": ifd([orientation], following=8),
        "with directories in themselves": ifd(
            [(tag, 4, 1, 8) for tag in (0x8769, 0x8825, 0xA005, 0x014A)]
        ),
        "of values that all lie on each other": ifd(
            [(1000 + number, 7, 50_000, 8) for number in range(4000)], size=60_000
        ),
        "with a value behind its end": ifd([(0x0112, 3, 2**31, 2**31)]),
        "of every type": ifd([(0x0112, kind, 1, 6 << 16) for kind in range(20)]),
        "that is odd in a hundred ways": ifd(
            [(tag, 2, 2**32 - 1, 2**32 - 1) for tag in range(100)]
        ),
        "without a directory": b"MM\0*\0\0\0\x08",
        "with a directory beyond its end": b"II*\0\xff\xff\xff\xff",
        "of big TIFF": b"MM\0+\0\x08\0\0" + b"\xff" * 16,
        "of zeros": b"\0" * 100,
        "that is empty": b"",
    }
    for name, block in blocks.items():
        if len(block) < 65_000:
            yield f"exif {name}: jpeg", partial(in_jpeg, (0xE1, b"Exif\0\0" + block))
        yield f"exif {name}: png", partial(in_png, (b"eXIf", block))
        yield f"exif {name}: webp", partial(in_webp, 0x08, (b"EXIF", block))
        yield (
            f"exif {name} behind its mark: webp",
            partial(in_webp, 0x08, (b"EXIF", b"Exif\0\0" + block)),
        )
    many = [(0xE1, b"Exif\0\0" + ifd([orientation]))] * 50
    yield "exif again and again: jpeg", partial(in_jpeg, *many)
    for text in (b"", b"\n" * 5, b"\nexif\n 10\nzz", b"\nexif\n 99999999\n" + b"4d" * 100):
        chunk = b"Raw profile type exif\0\0" + zlib.compress(text)
        yield f"exif as text {text[:12]!r}: png", partial(in_png, (b"zTXt", chunk))


def _profiles() -> Iterator[Entry]:
    good = display_p3_profile()
    chance = random.Random("profiles")  # noqa: S311 - the same corpus every time, no secret
    for number in range(150):
        changed = bytearray(good)
        for _ in range(chance.choice((1, 2, 5, 30))):
            at = chance.choice((chance.randrange(128, 400), chance.randrange(len(good))))
            changed[at] = chance.choice((0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)))
        data = encoded("PNG", size=(24, 20), colour=(9, 200, 30), icc_profile=bytes(changed))
        yield _entry(f"profile flipped {number}: png", data)
    for at in range(0, len(good), 37):
        yield (
            f"profile cut at {at}: jpeg",
            partial(encoded, "JPEG", size=(24, 20), icc_profile=good[:at] or b"\0"),
        )
    for space in ("LAB", "XYZ"):
        other = ImageCms.ImageCmsProfile(ImageCms.createProfile(space)).tobytes()
        for mode in ("L", "RGB", "CMYK"):
            yield (
                f"profile of {space} on {mode}: jpeg",
                partial(encoded, "JPEG", mode, (24, 20), icc_profile=other),
            )


def profile_of_steps(steps: int, *, tag: bytes = b"D2B0") -> bytes:
    """A colour profile whose floating-point transform has this many equal steps."""
    good = display_p3_profile()
    (count,) = struct.unpack_from(">I", good, 128)
    tags = [struct.unpack_from(">4sII", good, 132 + 12 * number) for number in range(count)]
    step = b"matf\0\0\0\0" + struct.pack(
        ">HH12f", 3, 3, *(0.9, 0, 0, 0, 0.9, 0, 0, 0, 0.9), 0, 0, 0
    )
    place = struct.pack(">II", 16 + 8 * steps, len(step))
    transform = b"mpet\0\0\0\0" + struct.pack(">HHI", 3, 3, steps) + place * steps + step
    # With one more tag, the contents of all others are twelve bytes further on.
    table = b"".join(struct.pack(">4sII", name, at + 12, length) for name, at, length in tags)
    contents = good[132 + 12 * count :] + bytes(-len(good) % 4)
    table += struct.pack(">4sII", tag, 132 + 12 * (count + 1) + len(contents), len(transform))
    made = bytearray(good[:128] + struct.pack(">I", count + 1) + table + contents + transform)
    made[8:12] = b"\x04\x40\0\0"  # the version that has such transforms
    struct.pack_into(">I", made, 0, len(made))
    return bytes(made)


def _giant_metadata() -> Iterator[Entry]:
    for file_format in ("JPEG", "PNG", "WEBP"):
        yield (
            f"profile of 100,000 steps: {file_format}",
            partial(encoded, file_format, size=(24, 20), icc_profile=profile_of_steps(100_000)),
        )
    junk = random.Random("giant").randbytes(GIANT)  # noqa: S311 - no secret
    flat = b"A" * GIANT
    amplifying = ifd([(number, 7, MEGABYTE, 8) for number in range(1, 60_000)], size=GIANT)
    for name, content in (("junk", junk), ("flat", flat), ("amplifying", amplifying)):
        for chunk in (b"eXIf", b"tEXt", b"iTXt", b"prVt"):
            yield f"giant {chunk.decode()} of {name}: png", partial(in_png, (chunk, content))
        packed = zlib.compress(content, 1)
        yield f"giant iCCP of {name}: png", partial(in_png, (b"iCCP", b"x\0\0" + packed))
        yield f"giant zTXt of {name}: png", partial(in_png, (b"zTXt", b"x\0\0" + packed))
        yield (
            f"giant packed iTXt of {name}: png",
            partial(in_png, (b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + packed)),
        )
        for chunk, flags in ((b"EXIF", 0x08), (b"XMP ", 0x04), (b"ICCP", 0x20), (b"XXXX", 0)):
            yield (
                f"giant {chunk.decode()} of {name}: webp",
                partial(in_webp, flags, (chunk, content)),
            )
        pieces = [content[at : at + 65_000] for at in range(0, GIANT, 65_000)]
        count = min(255, len(pieces))
        for marker, mark in (
            (0xE1, b"Exif\0\0"),
            (0xE1, b"http://ns.adobe.com/xap/1.0/\0"),
            (0xED, b"Photoshop 3.0\0"),
            (0xE2, b"MPF\0"),
            (0xFE, b""),
        ):
            segments = [(marker, mark + piece) for piece in pieces]
            yield f"giant {marker:X} {mark!r} of {name}: jpeg", partial(in_jpeg, *segments)
        profile = [
            (0xE2, b"ICC_PROFILE\0" + bytes([number % 255 + 1, count]) + piece)
            for number, piece in enumerate(pieces)
        ]
        yield f"giant profile of {name}: jpeg", partial(in_jpeg, *profile)


def _very_many_parts() -> Iterator[Entry]:
    bomb = zlib.compress(b"\0" * MEGABYTE, 9)
    chunk = png_chunk(b"iCCP", b"x\0\0" + bomb)
    plain = encoded("PNG", size=(24, 20))
    for count in (1900, 20_000):
        yield (
            f"{count} profiles of a megabyte: png",
            partial(lambda count: plain[:33] + chunk * count + plain[33:], count),
        )
    for name in (b"prVt", b"tEXt", b"IDAT", b"fdAT", b"tRNS", b"ABCD"):
        tiny = png_chunk(name, b"k\0v" if name == b"tEXt" else b"")
        for at, where in ((33, "in front"), (-12, "at the end")):
            yield (
                f"millions of {name.decode()} {where}: png",
                partial(lambda tiny, at: plain[:at] + _filled_with(tiny) + plain[at:], tiny, at),
            )
    jpeg = encoded("JPEG", progressive=True)
    for what, part in {
        "empty APP5": b"\xff\xe5\0\2",
        "empty comments": b"\xff\xfe\0\2",
        "empty EXIF": b"\xff\xe1\0\x08Exif\0\0",
        "empty profiles": b"\xff\xe2\0\x10ICC_PROFILE\0\1\1",
        "restart markers": b"\xff\xd0",
        "starts": b"\xff\xd8",
        "ends": b"\xff\xd9",
        "JPG0": b"\xff\xf0",
        "fill bytes": b"\xff\xff",
        "zeros": b"\0\0\0",
        "no markers": b"\xff\0",
        "tables": b"\xff\xdb\0\2",
        "frames": b"\xff\xc2\0\x0b\x08\0\x08\0\x08\1\1\x11\0",
    }.items():
        for at, where in ((2, "in front"), (jpeg.rindex(b"\xff\xda"), "between the scans")):
            yield (
                f"millions of {what} {where}: jpeg",
                partial(lambda part, at: jpeg[:at] + _filled_with(part) + jpeg[at:], part, at),
            )
    frame = riff_chunks(encoded("WEBP", size=(24, 20)))[0]
    simple = encoded("WEBP", size=(24, 20))[frame[0] : frame[1]]
    header = bytes(6) + struct.pack("<I", 23)[:3] + struct.pack("<I", 19)[:3] + bytes(4)
    frames = _riff_chunk(b"ANMF", header + simple) * 50_000
    yield "50,000 frames: webp", partial(in_webp, 0x02, (b"ANIM", bytes(6)), (b"XXXX", b""))
    body = (
        b"WEBP"
        + _riff_chunk(b"VP8X", b"\2\0\0\0" + struct.pack("<I", 23)[:3] + struct.pack("<I", 19)[:3])
        + _riff_chunk(b"ANIM", bytes(6))
        + frames
    )
    yield _entry("50,000 frames, whole: webp", b"RIFF" + struct.pack("<I", len(body)) + body)
    yield (
        "millions of chunks: webp",
        partial(
            lambda: (
                (whole := in_webp(0) + _filled_with(_riff_chunk(b"XXXX", b"")))[:4]
                + struct.pack("<I", len(whole) - 8)
                + whole[8:]
            )
        ),
    )


def _very_many_gif_parts() -> Iterator[Entry]:
    whole = gif((9, 9), [(1, 2, 3)], GifFrame((9, 9), bytes(81)))
    for what, part in {
        "comments": extension(0xFE, b"x"),
        "empty comments": b"\x21\xfe\0",
        "controls": extension(0xF9, bytes(4)),
        "frames": whole[19:-1],
        "zeros": b"\0",
    }.items():
        for at, where in ((19, "in front"), (-1, "behind")):
            yield (
                f"millions of {what} {where}: gif",
                partial(
                    lambda part, at, whole: whole[:at] + _filled_with(part) + whole[at:],
                    part,
                    at,
                    whole,
                ),
            )
    for length in (1, 255):
        part = bytes([length]) + b"x" * length
        yield (
            f"millions of blocks of {length}: gif",
            partial(lambda part: whole[:19] + b"\x21\xfe" + _filled_with(part), part),
        )


def _filled_with(part: bytes) -> bytes:
    return part * (LARGEST // len(part))


def _huge_headers() -> Iterator[Entry]:
    row = b"\0"
    for width, height in ((2**31 - 1, 1), (1, 2**31 - 1), (60_000, 60_000), (2**16, 2**15)):
        for depth, colour_type in ((1, 0), (8, 2), (16, 6), (8, 3)):
            header = struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, 0)
            chunks = [(b"IHDR", header), (b"PLTE", bytes(768)), (b"IDAT", zlib.compress(row))]
            yield f"{width} x {height}, {depth} bits: png", partial(_png, *chunks, (b"IEND", b""))
    # Animations whose frames contradict the header.
    apng = dict(pngs())["apng"]
    at = apng.index(b"fcTL") + 8
    for size in ((2**31 - 1, 2**31 - 1), (0, 0), (25, 21)):
        yield _entry(f"frame of {size}: apng", _with_bytes(apng, at, struct.pack(">II", *size)))


def _flat_png(width: int, height: int) -> bytes:
    """An RGB PNG of one colour, never whole in memory: its rows are compressed once."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    rows = b"\0" * ((1 + 3 * width) * ROWS_TOGETHER)
    # After a full flush nothing refers to what is before, so that it can be repeated.
    packed = packer.compress(rows) + packer.flush(zlib.Z_FULL_FLUSH)
    times, rest = divmod(height, ROWS_TOGETHER)
    last = packer.compress(rows[: len(rows) // ROWS_TOGETHER * rest]) + packer.flush()
    # Adler-32 (RFC 1950): one half counts the zeros, the other stays 1.
    checksum = struct.pack(">HH", (1 + 3 * width) * height % 65_521, 1)
    data = b"\x78\xda" + packed * times + last + checksum
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return _png((b"IHDR", header), (b"IDAT", data), (b"IEND", b""))


def _flat_gif(side: int) -> bytes:
    """A GIF of one colour, in codes for ever longer runs of it."""
    growing = [(0, 9), *((code, code.bit_length()) for code in range(258, 4096))]
    pixels = len(growing) * (len(growing) + 1) // 2
    more = max(0, side * side - pixels) // len(growing) + 1
    codes = [*growing, *[growing[-1]] * more]
    return gif(
        (side, side), [(1, 2, 3)], GifFrame((side, side), data=b"\x08" + blocks(packed(codes)))
    )


def _progressive(side: int) -> bytes:
    """A progressive JPEG that states a size, with the scans of a small one."""
    return _resized_frame(encoded("JPEG", "RGB", (64, 64), progressive=True), side)


def _scans(scans: int, side: int) -> bytes:
    """A progressive JPEG with the most scans allowed, each over the whole picture."""
    data = noise("JPEG", progressive=True)
    last = data.rindex(b"\xff\xda")
    own_scans = data.count(b"\xff\xda")
    more = data[last:-2] * (scans - own_scans)
    return _resized_frame(data[:-2] + more + data[-2:], side)


def _resized_frame(data: bytes, side: int) -> bytes:
    frame = next(start for start, _, marker in jpeg_segments(data) if marker in (0xC0, 0xC2))
    return _with_bytes(data, frame + 5, struct.pack(">HH", side, side))


# Files of two formats at once, or of another format than they state.


def _polyglots() -> Iterator[Entry]:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("index.html", PAYLOAD)
    heads = {
        "html": b"<!doctype html>" + PAYLOAD + b"<!--",
        "pdf": b"%PDF-1.7\n1 0 obj<</JS(" + PAYLOAD + b")>>",
        "gif": b"GIF89a/*" + b"\0" * 8,
        "svg": b'<svg xmlns="http://www.w3.org/2000/svg">' + PAYLOAD,
        "zip": archive.getvalue(),
        "exe": b"MZ" + bytes(60) + b"PE\0\0",
        "byte order mark": b"\xef\xbb\xbf",
        "php": b"<?php system($_GET[0]); ?>" + PAYLOAD,
        "script": b"#!/bin/sh\necho pwned\n",
    }
    pictures = {
        "jpeg": encoded("JPEG", size=(24, 20), comment=PAYLOAD),
        "png": in_png((b"tEXt", b"Comment\0" + PAYLOAD)),
        "webp": in_webp(0x04, (b"XMP ", PAYLOAD)),
    }
    for kind, picture in pictures.items():
        for name, head in heads.items():
            yield _entry(f"polyglot: {name} in front of a {kind}", head + picture)
            yield _entry(f"polyglot: {name} behind a {kind}", picture + head)
        for name, other in pictures.items():
            yield _entry(f"polyglot: {name} behind a {kind}", picture + other)
            yield _entry(f"polyglot: start of a {name} in front of a {kind}", other[:12] + picture)


def _other_formats() -> Iterator[Entry]:
    for file_format in ("GIF", "BMP", "TIFF", "PPM", "ICO", "TGA", "PCX", "JPEG2000", "DDS", "EPS"):
        yield f"format {file_format}", partial(encoded, file_format, size=(32, 32))
    for name, data in {
        "heic": b"\0\0\0\x18ftypheic" + bytes(100),
        "avif": b"\0\0\0\x1cftypavif" + bytes(100),
        "avi": b"RIFF\x64\0\0\0AVI LIST" + bytes(100),
        "empty": b"",
        "one byte": b"\xff",
        "jpeg signature": b"\xff\xd8\xff",
        "png signature": PNG_SIGNATURE,
        "webp signature": b"RIFF\x0c\0\0\0WEBPVP8 ",
        "end of a jpeg": b"\xff\xd8\xff\xd9",
        "zeros": bytes(100_000),
    }.items():
        yield _entry(f"format {name}", data)
