"""Makes large pictures for the thumbnail benchmark from the sample photographs; runs with Pillow.

The samples are put side by side and enlarged, with the grain of a sensor of that many pixels: an
enlarged photograph without it has few details and decodes too fast.
"""

import sys
from collections.abc import Callable
from pathlib import Path

from PIL import Image, ImageChops, ImageOps

# Together some 2 bits a pixel, as in a phone's pictures: 108 megapixels just pass as an upload.
GRAIN = 7
JPEG_QUALITY = 85
HEIC_QUALITY = 50  # of x265: 2 bits a pixel, too

SIZES = {1: (1152, 864), 12: (4000, 3000), 48: (8000, 6000), 108: (12000, 9000)}
FORMATS_MEGAPIXELS = 12

Save = Callable[[Image.Image, Path], None]


def _jpeg(subsampling: str = "4:2:0", *, is_progressive: bool = False, mode: str = "RGB") -> Save:
    def save(picture: Image.Image, path: Path) -> None:
        picture.convert(mode).save(
            path, "JPEG", quality=JPEG_QUALITY, subsampling=subsampling, progressive=is_progressive
        )

    return save


def _png(mode: str) -> Save:
    def save(picture: Image.Image, path: Path) -> None:
        _in_mode(picture, mode).save(path, "PNG", compress_level=1)

    return save


def _in_mode(picture: Image.Image, mode: str) -> Image.Image:
    if mode == "RGBA":
        picture.putalpha(picture.convert("L"))
        return picture
    if mode == "I;16":
        return picture.convert("L").convert("I").point(lambda value: value * 257).convert("I;16")
    return picture.convert(mode)


def _gif(transparent: int | None = None) -> Save:
    def save(picture: Image.Image, path: Path) -> None:
        colours = picture.quantize(255)
        if transparent is None:
            colours.save(path, "GIF")
        else:
            colours.paste(transparent, (0, 0, 500, 500))
            colours.save(path, "GIF", transparency=transparent)

    return save


def _avif(picture: Image.Image, path: Path) -> None:
    picture.save(path, "AVIF", quality=JPEG_QUALITY, speed=10)


def _heic(picture: Image.Image, path: Path) -> None:
    # Only here: it needs the function's modules, and other benchmarks import this one without them.
    from benchmarks.heic_grid import write_grid  # noqa: PLC0415 - see above

    write_grid(picture, path, quality=HEIC_QUALITY)


def _webp(picture: Image.Image, path: Path) -> None:
    picture.save(path, "WEBP", quality=JPEG_QUALITY, method=0)


FORMATS: dict[str, Save] = {
    "baseline-420.jpg": _jpeg(),
    "baseline-cmyk.jpg": _jpeg("4:4:4", mode="CMYK"),
    "progressive-420.jpg": _jpeg(is_progressive=True),
    "progressive-444.jpg": _jpeg("4:4:4", is_progressive=True),
    "rgb.png": _png("RGB"),
    "rgba.png": _png("RGBA"),
    "grey-16-bit.png": _png("I;16"),
    "rgb.webp": _webp,
    "255-colours.gif": _gif(),
    "transparent.gif": _gif(255),
    "rgb.avif": _avif,
    "grid.heic": _heic,
}


def synthetic(samples: Path, size: tuple[int, int]) -> Image.Image:
    """Return the four samples in one picture of `size` pixels, with grain."""
    names = ("rocket.jpg", "astronaut-rotated.jpg", "cat.png", "coffee.webp")
    quarter = (size[0] // 2, size[1] // 2)
    picture = Image.new("RGB", size)
    for index, name in enumerate(names):
        with Image.open(samples / name) as sample:
            upright = ImageOps.exif_transpose(sample).convert("RGB")
        part = ImageOps.fit(upright, quarter, Image.Resampling.BICUBIC)
        picture.paste(part, (index % 2 * quarter[0], index // 2 * quarter[1]))
    grain = Image.effect_noise(size, GRAIN)
    return ImageChops.add(picture, Image.merge("RGB", (grain, grain, grain)), 1, -128)


def write_photograph(samples: Path, path: Path) -> None:
    """Write a phone's photograph, as the page takes it."""
    _jpeg()(synthetic(samples, SIZES[FORMATS_MEGAPIXELS]), path)


def main(samples: Path, folder: Path) -> None:
    """Write the pictures of all sizes into `folder`, those of all formats into `folder`/formats."""
    _jpeg()(synthetic(samples, (64, 48)), folder / "warm-up.jpg")
    for megapixels, size in SIZES.items():
        _jpeg()(synthetic(samples, size), folder / f"{megapixels}.jpg")
    formats = folder / "formats"
    formats.mkdir()
    for name, save in FORMATS.items():
        save(synthetic(samples, SIZES[FORMATS_MEGAPIXELS]), formats / name)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
