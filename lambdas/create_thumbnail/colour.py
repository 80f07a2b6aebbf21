"""Brings a picture to sRGB, or grey: what readers assume of a picture without a profile.

What a file says counts in the order of the PNG specification's third edition: cICP, iCCP, sRGB,
gAMA with cHRM (https://www.w3.org/TR/png-3/#4Concepts.ColourSpaces). What can't be used is passed
over, as browsers do.
"""

import io
from collections.abc import Iterator, Sequence

from PIL import Image, ImageCms

from create_thumbnail.colour_space import coded_profile, gamma_profile
from create_thumbnail.icc_profile import quick_profile
from create_thumbnail.source_colours import SourceColours

SPACE_OFFSET = 16  # of the name of a profile's colour space
SIGNATURE_OFFSET, SIGNATURE = 36, b"acsp"


def in_srgb(images: Sequence[Image.Image], colours: SourceColours) -> list[Image.Image]:
    """A picture in RGB or RGBA of sRGB; grey stays as it is where nothing says another colour.

    Args:
        images: The picture in several sizes, all in one mode: a profile is prepared once for them,
            in 4 ms.
        colours: What the file says of its colours.
    """
    for profile in _profiles(colours):
        if not profile:
            break
        convert = _converted_grey if colours.is_grey else _converted
        converted = convert(images, profile)
        if converted is not None:
            return converted
    mode = _mode(images[0])
    return [image if image.mode in ("L", mode) else image.convert(mode) for image in images]


def _profiles(colours: SourceColours) -> Iterator[bytes]:
    """What may describe the colours, the best first; nothing for sRGB."""
    if colours.cicp:
        profile = coded_profile(colours.cicp)
        if profile is not None:
            yield profile
    if _is_whole(colours.icc):
        if colours.is_grey or not _is_of_grey(colours.icc):
            yield quick_profile(colours.icc)
        yield b""  # what is said of other colours is not passed over
    if colours.is_srgb:
        yield b""
    if colours.gamma:
        yield gamma_profile(colours.gamma, colours.chromaticities)


def _is_whole(profile: bytes) -> bool:
    signature = profile[SIGNATURE_OFFSET : SIGNATURE_OFFSET + len(SIGNATURE)]
    return signature == SIGNATURE and int.from_bytes(profile[:4], "big") <= len(profile)


def _is_of_grey(profile: bytes) -> bool:
    return profile[SPACE_OFFSET : SPACE_OFFSET + 4] == b"GRAY"


def _mode(image: Image.Image) -> str:
    return "RGBA" if image.mode in ("LA", "RGBA") else "RGB"


def _converted(images: Sequence[Image.Image], profile: bytes) -> list[Image.Image] | None:
    """The picture in sRGB, or None if the profile is broken or for other colours."""
    mode = _mode(images[0])
    sources = [image if image.mode == "CMYK" else image.convert(mode) for image in images]
    return _transformed(sources, profile, mode)


def _converted_grey(images: Sequence[Image.Image], profile: bytes) -> list[Image.Image] | None:
    """A grey picture in sRGB, or None if the profile is broken.

    All 256 greys are converted and looked up. Little CMS's own shortcut for them is wrong in the
    shadows of a linear profile; and it takes no grey with alpha.
    """
    greys = Image.frombytes("L", (256, 1), bytes(range(256)))
    source = greys if _is_of_grey(profile) else greys.convert("RGB")
    table = _transformed([source], profile, "RGB", ImageCms.Flags.NOOPTIMIZE)
    return None if table is None else [_looked_up(image, table[0]) for image in images]


def _looked_up(image: Image.Image, table: Image.Image) -> Image.Image:
    grey = image.getchannel(0)
    bands = [grey.point(list(band.tobytes())) for band in table.split()]
    alpha = [image.getchannel("A")] if _mode(image) == "RGBA" else []
    return Image.merge(_mode(image), [*bands, *alpha])


def _transformed(
    sources: Sequence[Image.Image],
    profile: bytes,
    mode: str,
    flags: ImageCms.Flags = ImageCms.Flags.NONE,
) -> list[Image.Image] | None:
    try:
        transform = ImageCms.buildTransform(
            ImageCms.ImageCmsProfile(io.BytesIO(profile)),
            ImageCms.createProfile("sRGB"),
            sources[0].mode,
            mode,
            flags=flags,
        )
        return [transform.apply(source) for source in sources]
    except (ImageCms.PyCMSError, OSError):
        return None
