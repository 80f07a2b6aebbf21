"""Pictures of all formats, as people have them, to compare with what a browser shows."""

import random
import struct
import zlib
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import NamedTuple

from PIL import Image, ImageCms

from tests.unit.create_thumbnail.costly_pictures import ARITHMETIC, PASSES, PNG_SAMPLES
from tests.unit.gifs import GifFrame, blocks, extension, gif, lzw
from tests.unit.pictures import (
    display_p3_profile,
    exif,
    jpeg_segment,
    lossless_jpeg,
    png_chunk,
    png_of,
    saved,
)

SAMPLES = Path(__file__).parents[1] / "samples"
MEBIBYTE = 2**20
SIZE = (13, 11)
LARGE = (400, 300)
PALETTE = random.Random(5).randbytes(48)  # noqa: S311 - no secret
KINDS = (
    *((0, depth) for depth in (1, 2, 4, 8, 16)),
    *((3, depth) for depth in (1, 2, 4, 8)),
    *((colour_type, depth) for colour_type in (2, 4, 6) for depth in (8, 16)),
)
ORIENTATIONS = range(1, 9)


class Shown(NamedTuple):
    """A picture, and where what we show is meant to be another than what Chromium shows.

    Attributes:
        name: What is special about it.
        data: The file.
        refusal: How the reason begins for which we refuse what Chromium shows.
        is_ours_alone: Whether Chromium refuses what we show.
        turn: The orientation by which we turn what Chromium doesn't.
        is_cut_in_chromium: Whether Chromium leaves the last blocks transparent.
        is_alpha_stretched_in_chromium: Whether Chromium takes 16 to 235 for all of the opacity.
    """

    name: str
    data: bytes
    refusal: str = ""
    is_ours_alone: bool = False
    turn: int = 1
    is_cut_in_chromium: bool = False
    is_alpha_stretched_in_chromium: bool = False


def shown_pictures() -> Iterator[Shown]:
    """All of them."""
    for path in sorted(SAMPLES.iterdir()):
        if path.is_file() and path.suffix != ".md":
            yield Shown(path.name, path.read_bytes())
    for pictures in (_pngs, _png_colours, _png_surroundings, _jpegs, _jpeg_segments, _webps):
        yield from pictures()
    for pictures in (_avifs, _gifs, _broken_gifs):
        yield from pictures()


def picture(size: tuple[int, int] = (120, 90)) -> Image.Image:
    """A picture of soft colours, that every decoder should decode alike."""
    some = random.Random(3).randbytes(12 * 9 * 3)  # noqa: S311 - no secret
    return Image.frombytes("RGB", (12, 9), some).resize(size, Image.Resampling.BICUBIC)


def flat(colour: tuple[int, int, int] = (0, 190, 40), size: tuple[int, int] = LARGE) -> bytes:
    """The compressed rows of a PNG in RGB."""
    return zlib.compress((b"\0" + bytes(colour) * size[0]) * size[1])


def _rows(kind: tuple[int, int], *, is_interlaced: bool) -> bytes:
    """A PNG's rows of samples at random, before they are compressed."""
    colour_type, depth = kind
    chance = random.Random(1)  # noqa: S311 - no secret
    most = min(2**depth, 16) if colour_type == 3 else 2**depth
    rows = b""
    for left, top, across, down in PASSES if is_interlaced else ((0, 0, 1, 1),):
        count = len(range(left, SIZE[0], across)) * PNG_SAMPLES[colour_type]
        for _ in range(top, SIZE[1], down) if count else ():
            bits = "".join(f"{chance.randrange(most):0{depth}b}" for _ in range(count))
            bits += "0" * (-len(bits) % 8)
            rows += b"\0" + int(bits, 2).to_bytes(len(bits) // 8, "big")
    return rows


def _pngs() -> Iterator[Shown]:
    for (colour_type, depth), is_interlaced in product(KINDS, (False, True)):
        rows = _rows((colour_type, depth), is_interlaced=is_interlaced)
        most = 2**depth - 1
        transparencies = {
            0: [struct.pack(">H", 0), struct.pack(">H", most)],
            2: [bytes(6), rows[1:7] if depth == 16 else b"\0%c\0%c\0%c" % tuple(rows[1:4])],
            3: [bytes([0, 128, 255]), bytes(range(16))],
        }
        for number, transparency in enumerate([b"", *transparencies.get(colour_type, [])]):
            chunks = {b"PLTE": PALETTE} if colour_type == 3 else {}
            if transparency:
                chunks[b"tRNS"] = transparency
            header = (depth, colour_type, 0, 0, int(is_interlaced))
            yield Shown(
                f"png {colour_type} of {depth} bits{' interlaced' * is_interlaced} {number}",
                png_of(SIZE, header, zlib.compress(rows), chunks),
            )
    for orientation in ORIENTATIONS:
        yield Shown(f"png turned {orientation}", saved(picture(), "PNG", exif=exif(orientation)))


def _of_rgb(chunks: dict[bytes, bytes], data: bytes = b"", size: tuple[int, int] = LARGE) -> bytes:
    return png_of(size, (8, 2, 0, 0, 0), data or flat(), chunks)


def _png_colours() -> Iterator[Shown]:
    p3 = b"p3\0\0" + zlib.compress(display_p3_profile())
    grey = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    adobe = struct.pack(">8I", 31270, 32900, 64000, 33000, 21000, 71000, 15000, 6000)
    for name, chunks in {
        "linear gamma": {b"gAMA": struct.pack(">I", 100_000)},
        "gamma of Adobe RGB": {b"gAMA": struct.pack(">I", 45_470), b"cHRM": adobe},
        "gamma of sRGB": {b"gAMA": struct.pack(">I", 45_455)},
        "sRGB before gamma": {b"sRGB": b"\0", b"gAMA": struct.pack(">I", 100_000)},
        "chromaticities alone": {b"cHRM": adobe},
        "profile of Display P3": {b"iCCP": p3},
        "profile before sRGB": {b"iCCP": p3, b"sRGB": b"\0"},
        "cICP of Display P3": {b"cICP": bytes([12, 13, 0, 1])},
        "cICP before a profile": {b"cICP": bytes([1, 13, 0, 1]), b"iCCP": p3},
        "cICP of BT.2020": {b"cICP": bytes([9, 14, 0, 1])},
        "broken profile": {b"iCCP": b"x\0\0" + zlib.compress(b"no profile" * 99)},
    }.items():
        yield Shown(f"png with {name}", _of_rgb(chunks))
        grey_rows = zlib.compress((b"\0" + bytes(range(100))) * 9)
        header = (8, 0, 0, 0, 0)
        yield Shown(f"grey png with {name}", png_of((100, 9), header, grey_rows, chunks))
        alpha_rows = zlib.compress((b"\0" + bytes([137, 255, 60, 100] * 50)) * 9)
        header = (8, 4, 0, 0, 0)
        yield Shown(f"grey png, alpha, {name}", png_of((100, 9), header, alpha_rows, chunks))
        header, of_colour = (8, 0, 0, 0, 0), {**chunks, b"tRNS": b"\0\5"}
        yield Shown(f"grey png, colour, {name}", png_of((100, 9), header, grey_rows, of_colour))
    profile = b"x\0\0" + zlib.compress(grey)
    yield Shown("png with a profile of sRGB", _of_rgb({b"iCCP": profile}))


def _png_surroundings() -> Iterator[Shown]:
    large = zlib.compress(bytes(2 * MEBIBYTE))
    for name, chunks in {
        "text over a megabyte": {b"zTXt": b"x\0\0" + large},
        "text of an unknown method": {b"zTXt": b"x\0\7" + large[:99]},
        "profile of junk over a megabyte": {b"iCCP": b"x\0\0" + large},
        "short gAMA": {b"gAMA": b"\0\1"},
        "short pHYs": {b"pHYs": b"\0\1"},
        "empty sRGB": {b"sRGB": b""},
        "short tRNS": {b"tRNS": b"\0"},
        "palette of no use": {b"PLTE": PALETTE},
    }.items():
        yield Shown(f"png with {name}", _of_rgb(chunks))
    for kind, content in ((b"tEXt", b"a\0b"), (b"eXIf", exif(6)), (b"gAMA", b"\0\1\x86\xa0")):
        data = _of_rgb({kind: content})
        end = data.index(kind) + 4 + len(content)
        broken = data[:end] + b"oops" + data[end + 4 :]
        yield Shown(f"png with a wrong checksum of {kind.decode()}", broken)
    whole = _of_rgb({})
    yield Shown("png without an end", whole[:-12])
    yield Shown("png with rubbish behind it", whole + b"rubbish")
    hidden = struct.pack(">5IHHBB", 0, *LARGE, 0, 0, 1, 10, 0, 0)
    frame = png_chunk(b"fcTL", hidden)
    frame += png_chunk(b"fdAT", b"\0\0\0\1" + flat((40, 200, 40)))
    animation = _of_rgb({b"acTL": struct.pack(">II", 1, 0)})
    hiding = animation[:-12] + frame + png_chunk(b"IEND", b"")
    yield Shown("apng whose default image is hidden", hiding)
    yield Shown("cut png", saved(picture(), "PNG")[:5000], refusal="damaged picture: the file ends")
    few = _of_rgb({}, flat(size=(LARGE[0], 200)))
    yield Shown("png of too few rows", few, refusal="damaged picture: the file ends")


def _jpegs() -> Iterator[Shown]:
    soft = picture()
    kinds: tuple[dict[str, object], ...] = (
        {},
        {"progressive": True},
        {"subsampling": "4:4:4"},
        {"subsampling": "4:2:2"},
        {"restart_marker_blocks": 3},
        {"progressive": True, "restart_marker_blocks": 3},
    )
    for mode, options in product(("RGB", "L", "CMYK"), kinds):
        data = saved(soft.convert(mode), "JPEG", quality=92, **options)
        name = f"jpeg {mode} {options}"
        yield Shown(name, data)
        # Chromium waits for more data then, with the last row of blocks of a baseline JPEG.
        is_cut = "progressive" not in options
        yield Shown(f"{name} without an end", data[:-2], is_cut_in_chromium=is_cut)
        yield Shown(f"{name} without the last byte", data[:-1], is_cut_in_chromium=is_cut)
        yield Shown(f"{name} with rubbish behind it", data + b"rubbish" * 9)
        yield Shown(
            f"{name}, cut", data[: len(data) * 2 // 3], refusal="damaged picture: the file ends"
        )
    for size in ((1, 1), (8, 8), (149, 7), (9, 150), (640, 480)):
        yield Shown(f"jpeg of {size}", saved(picture(size), "JPEG", quality=95))
    for name in ("sequential", "progressive", "restart", "grey", "cmyk"):
        yield Shown(f"arithmetic jpeg, {name}", (ARITHMETIC / f"{name}.jpg").read_bytes())
    yield Shown("lossless jpeg", lossless_jpeg(soft.resize((32, 24))), is_ours_alone=True)
    for orientation in ORIENTATIONS:
        data = saved(soft, "JPEG", exif=exif(orientation))
        yield Shown(f"jpeg turned {orientation}", data)
    profile = display_p3_profile()
    yield Shown("jpeg of Display P3", saved(soft, "JPEG", icc_profile=profile))
    yield Shown("grey jpeg of Display P3", saved(soft.convert("L"), "JPEG", icc_profile=profile))


def _jpeg_segments() -> Iterator[Shown]:
    plain = saved(picture(), "JPEG", quality=92)
    xmp = b'http://ns.adobe.com/xap/1.0/\0<rdf:Description tiff:Orientation="6"/>'
    for name, segments in {
        "XMP that turns": jpeg_segment(0xE1, xmp),
        "a short JFIF": jpeg_segment(0xE0, b"JFIF"),
        "a short Adobe": jpeg_segment(0xEE, b"Adobe"),
        "a short 8BIM": jpeg_segment(0xED, b"Photoshop 3.0\0" + bytes(6)),
        "a short profile": jpeg_segment(0xE2, b"ICC_PROFILE\0"),
        "two orientations": jpeg_segment(0xE1, exif(6)) + jpeg_segment(0xE1, exif(3)),
        "an empty Exif": jpeg_segment(0xE1, b"Exif\0\0") + jpeg_segment(0xE1, exif(3)),
        "broken Exif": jpeg_segment(0xE1, b"Exif\0\0II*\0\xff\xff\xff\xff"),
        "fill bytes": b"\xff\xff\xff",
    }.items():
        yield Shown(f"jpeg with {name}", plain[:2] + segments + plain[2:])


def _webps() -> Iterator[Shown]:
    soft = picture()
    with_alpha = soft.convert("RGBA")
    with_alpha.putalpha(Image.linear_gradient("L").resize(soft.size))
    profile = display_p3_profile()
    kinds: tuple[tuple[str, Image.Image, dict[str, object]], ...] = (
        ("lossy", soft, {"quality": 90}),
        ("lossless", soft, {"lossless": True}),
        ("lossy with alpha", with_alpha, {"quality": 90}),
        ("lossless with alpha", with_alpha, {"lossless": True}),
        ("with a profile", soft, {"lossless": True, "icc_profile": profile}),
        ("with a profile and alpha", with_alpha, {"lossless": True, "icc_profile": profile}),
        ("animated", soft, {"save_all": True, "append_images": [soft.rotate(90)], "quality": 90}),
    )
    for name, image, options in kinds:
        data = saved(image, "WEBP", **options)
        yield Shown(f"webp {name}", data)
        yield Shown(f"webp {name} with rubbish behind it", data + b"rubbish!")
    for orientation in ORIENTATIONS:
        data = saved(soft, "WEBP", lossless=True, exif=exif(orientation))
        # Chromium turns no WebP. A phone's or an editor's would lie on its side then.
        yield Shown(f"webp turned {orientation}", data, turn=orientation)


def _avifs() -> Iterator[Shown]:
    soft = picture()
    with_alpha = soft.convert("RGBA")
    with_alpha.putalpha(Image.linear_gradient("L").resize(soft.size))
    for subsampling, quality in product(("4:4:4", "4:2:2", "4:2:0", "4:0:0"), (90, 100)):
        data = saved(soft, "AVIF", subsampling=subsampling, quality=quality, speed=9)
        yield Shown(f"avif {subsampling} of {quality}", data)
    data = saved(with_alpha, "AVIF", quality=90, speed=9)
    # It was written with a full range, and libavif and we read it so.
    yield Shown("avif with alpha", data, is_alpha_stretched_in_chromium=True)
    profile = display_p3_profile()
    yield Shown("avif of Display P3", saved(soft, "AVIF", icc_profile=profile, speed=9))
    for orientation in ORIENTATIONS:  # becomes irot and imir
        data = saved(soft, "AVIF", exif=exif(orientation), quality=90, speed=9)
        yield Shown(f"avif turned {orientation}", data)


COLOURS = [(250, 10, 10), (10, 250, 10), (10, 10, 250), (250, 250, 10)]
SIDE = (8, 8)
PIXELS = bytes((x // 2 + y // 2) % 4 for y in range(8) for x in range(8))
FRAME = GifFrame(SIDE, PIXELS)


def _control(*fields: int) -> bytes:
    return extension(0xF9, bytes(fields))


def _gif_of(data: bytes) -> bytes:
    return gif(SIDE, COLOURS, GifFrame(SIDE, data=b"\2" + blocks(data)))


def _gifs() -> Iterator[Shown]:
    soft = picture()
    yield Shown("gif of a photograph", saved(picture((640, 480)).quantize(256), "GIF"))
    two = bytes((x * y // 3 + x) % 2 for y in range(90) for x in range(120))
    for is_interlaced in (False, True):
        frame = GifFrame((120, 90), two, bits=1, is_interlaced=is_interlaced)
        name = f"gif with codes of 2 bits{' interlaced' * is_interlaced}"
        yield Shown(name, gif((120, 90), COLOURS[:2], frame))
    yield Shown("gif animated", saved(soft, "GIF", save_all=True, append_images=[soft.rotate(90)]))
    for is_interlaced, transparent in product((False, True), (None, 0, 3)):
        frame = FRAME._replace(is_interlaced=is_interlaced, transparent=transparent)
        name = f"gif{' interlaced' * is_interlaced}, transparent {transparent}"
        yield Shown(name, gif(SIDE, COLOURS, frame))
        for screen, place in product(((0, 0), SIDE, (5, 20), (20, 5)), ((0, 0), (2, 3), (30, 1))):
            data = gif(screen, COLOURS, frame._replace(place=place), background=1)
            yield Shown(f"{name}, at {place} of {screen}", data)
    two = _control(1, 0, 0, 1)
    for name, data in {
        "palette of the frame": gif(SIDE, COLOURS, FRAME._replace(palette=COLOURS[::-1])),
        "no other palette": gif(SIDE, [], FRAME._replace(palette=COLOURS)),
        "no palette": gif(SIDE, [], FRAME),
        "short palette": gif(SIDE, COLOURS[:2], FRAME),
        "transparent colour behind the palette": gif(
            SIDE, COLOURS[:2], FRAME._replace(transparent=3)
        ),
        "two controls": gif(SIDE, COLOURS, FRAME._replace(control=two + _control(1, 0, 0, 2))),
        "two controls, one opaque": gif(
            SIDE, COLOURS, FRAME._replace(control=two + _control(0, 0, 0, 2))
        ),
        "text behind the control": gif(
            SIDE, COLOURS, FRAME._replace(control=two + extension(0xFE, b"text"))
        ),
        "profile": gif(SIDE, COLOURS, FRAME, between=extension(0xFF, b"ICCRGBG1012", b"x" * 40)),
        "no end code": _gif_of(lzw(PIXELS, 2, has_end=False)),
        "too many pixels": _gif_of(lzw(PIXELS * 2, 2)),
        "broken codes behind the pixels": _gif_of(lzw(PIXELS, 2, has_end=False) + b"\xff" * 9),
        "no trailer": gif(SIDE, COLOURS, FRAME, end=b""),
        "rubbish": gif(SIDE, COLOURS, FRAME, end=b"\x3brubbish"),
        "no last block's end": gif(SIDE, COLOURS, FRAME)[:-3],
        "codes of 9 bits": gif(SIDE, COLOURS, FRAME._replace(bits=8)),
    }.items():
        yield Shown(f"gif with {name}", data)


def _broken_gifs() -> Iterator[Shown]:
    """Chromium shows what there is of them, and transparent pixels for the rest."""
    ends, broken = "damaged picture: the file ends", "damaged picture: its pixels can't be decoded"
    half = PIXELS[:40]
    unknown = lzw(half, 2, has_end=False) + b"\xff" * 20
    yield Shown("cut gif", gif(SIDE, COLOURS, FRAME)[:-8], refusal=ends)
    yield Shown("gif that ends early", _gif_of(lzw(half, 2)), refusal=ends)
    yield Shown("gif with broken codes", _gif_of(unknown), refusal=broken)
    yield Shown("gif without a frame", gif(SIDE, COLOURS), refusal=ends)
    # Chromium refuses it. The pixels are whole.
    short = FRAME._replace(control=_control(1, 0, 0))
    yield Shown("gif with a short control", gif(SIDE, COLOURS, short), is_ours_alone=True)
