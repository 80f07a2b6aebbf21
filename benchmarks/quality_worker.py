"""Measures the quality and size of our thumbnails of the sample photographs; runs with Pillow.

`capture` writes, for each sample as a JPEG, the pixels that our engine encodes, as a PNG. `judge`
then compares our encoding with mozjpeg's, and prints JSON.
"""

import io
import itertools
import json
import sys
from pathlib import Path
from unittest import mock

from PIL import Image, ImageCms, ImageOps

from benchmarks.similarity import structural_similarity
from create_thumbnail.thumbnail import PillowEngine

ENGINE = PillowEngine("fit", 2**40)


def samples(folder: Path) -> list[Path]:
    """Return the photographs of a folder."""
    return sorted(path for path in folder.iterdir() if path.suffix in {".jpg", ".png", ".webp"})


def as_jpeg(path: Path) -> bytes:
    """Return a sample as a JPEG, as JPEG thumbnails are compared with mozjpeg's."""
    if path.suffix == ".jpg":
        return path.read_bytes()
    buffer = io.BytesIO()
    with Image.open(path) as picture:
        picture.convert("RGB").save(buffer, "JPEG", quality=95)
    return buffer.getvalue()


def capture(samples_folder: Path, work: Path) -> None:
    """Write the pixels that our engine encodes, and its thumbnails."""
    for path in samples(samples_folder):
        data = as_jpeg(path)
        encoded: list[Image.Image] = []
        save = Image.Image.save

        def kept(
            picture: Image.Image,
            *arguments: object,
            save: object = save,
            encoded: list[Image.Image] = encoded,
            **options: object,
        ) -> None:
            encoded.append(picture.copy())
            save(picture, *arguments, **options)  # type: ignore[operator]  # bound as an object

        with mock.patch.object(Image.Image, "save", kept):
            thumbnail = ENGINE.make(data).data
        folder = work / path.stem
        folder.mkdir()
        encoded[-1].save(folder / "pixels.png")
        (folder / "ours.jpg").write_bytes(thumbnail)


def judge(samples_folder: Path, work: Path) -> dict[str, dict[str, float]]:
    """Return, by sample, similarities and sizes: see `judged`."""
    return {path.name: judged(path, work / path.stem) for path in samples(samples_folder)}


def judged(path: Path, folder: Path) -> dict[str, float]:
    """Compare one sample's thumbnail with the best possible one.

    Returns:
        `similarity` of the thumbnail, in the sample's format, to a full decode reduced by Lanczos;
        `bytes` of the JPEG thumbnail; `mozjpeg_bytes`, if mozjpeg ran, at the same similarity to
        the pixels before encoding.
    """
    thumbnail = _opened(ENGINE.make(path.read_bytes()).data)
    result = {
        "similarity": _similarity(thumbnail, full_decode(path, thumbnail.size)),
        "bytes": float((folder / "ours.jpg").stat().st_size),
    }
    pixels = _opened((folder / "pixels.png").read_bytes())
    ours = _similarity(_opened((folder / "ours.jpg").read_bytes()), pixels)
    curve = sorted(
        (_similarity(_opened(encoded.read_bytes()), pixels), float(encoded.stat().st_size))
        for encoded in folder.glob("[0-9]*.jpg")
    )
    if curve:
        result["mozjpeg_bytes"] = interpolated(curve, ours)
    return result


def interpolated(curve: list[tuple[float, float]], similarity: float) -> float:
    """Return the size at a similarity, from points sorted by similarity."""
    for (low, low_size), (high, high_size) in itertools.pairwise(curve):
        if low <= similarity <= high and high > low:
            return low_size + (high_size - low_size) * (similarity - low) / (high - low)
    return curve[0][1] if similarity < curve[0][0] else curve[-1][1]


def full_decode(path: Path, size: tuple[int, int]) -> Image.Image:
    """Return the sample decoded whole, upright, in sRGB, and reduced by Lanczos in one step.

    It has our thumbnail's size, as tools may round it differently by a pixel.
    """
    with Image.open(path) as opened:
        upright = ImageOps.exif_transpose(opened)
    profile = upright.info.get("icc_profile")
    if profile:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        converted = ImageCms.profileToProfile(
            upright, source, ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
        upright = converted or upright
    return upright.convert("RGB").resize(size, Image.Resampling.LANCZOS)


def _opened(data: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(data))
    picture.load()
    return picture


def _similarity(one: Image.Image, other: Image.Image) -> float:
    return structural_similarity(_luma(one), _luma(other))


def _luma(picture: Image.Image) -> list[list[int]]:
    grey = picture.convert("L")
    data = grey.tobytes()
    return [list(data[start : start + grey.width]) for start in range(0, len(data), grey.width)]


if __name__ == "__main__":
    if sys.argv[1] == "capture":
        capture(Path(sys.argv[2]), Path(sys.argv[3]))
    else:
        print(json.dumps(judge(Path(sys.argv[2]), Path(sys.argv[3]))))
