"""What the Pillow engine makes of a picture, against what Chromium shows of it."""

import base64
from collections.abc import Callable

import pytest
from PIL import Image, ImageChops

from create_thumbnail import thumbnail
from create_thumbnail.engine import ImageRefusedError, Thumbnail
from create_thumbnail.orientation import TURNS
from create_thumbnail.scale import FILTER
from create_thumbnail.thumbnail import PillowEngine
from tests.end_to_end.browser import chromium
from tests.end_to_end.shown_pictures import Shown, shown_pictures

WHITE = Image.new("RGBA", (4, 4), "white")
# In each channel, of 255, multiplied by the opacity.
TOLERANCE = 6
MAX_DECODE_BYTES = 2**29
BOX = Image.Resampling.BOX
SQUARE = 5
LARGEST_BLOCK = 16  # rows

# The pixels of each picture as an <img> shows them, or null for a broken one.
SHOW = """(pictures) => Promise.all(pictures.map(async ([content, type]) => {
  const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
  const image = new Image();
  const isShown = await new Promise((resolve) => {
    image.onload = () => resolve(true);
    image.onerror = () => resolve(false);
    image.src = URL.createObjectURL(new Blob([bytes], { type }));
  });
  if (!isShown) return null;
  const canvas = document.createElement("canvas");
  canvas.width = image.naturalWidth;
  canvas.height = image.naturalHeight;
  const context = canvas.getContext("2d", { colorSpace: "srgb", willReadFrequently: true });
  context.drawImage(image, 0, 0);
  const pixels = context.getImageData(0, 0, canvas.width, canvas.height).data;
  let text = "";
  for (let at = 0; at < pixels.length; at += 8192) {
    text += String.fromCharCode(...pixels.subarray(at, at + 8192));
  }
  return [canvas.width, canvas.height, btoa(text)];
}))"""


@pytest.fixture(scope="module")
def pictures() -> list[Shown]:
    return list(shown_pictures())


@pytest.fixture(scope="module")
def in_chromium(pictures: list[Shown]) -> list[Image.Image | None]:
    """What Chromium shows of each picture; None if it refuses it."""
    sent = [(base64.b64encode(one.data).decode(), _media_type(one.data)) for one in pictures]
    with chromium() as browser:
        shown: list[tuple[int, int, str] | None] = browser.new_page().evaluate(SHOW, sent)
    return [
        one and Image.frombytes("RGBA", (one[0], one[1]), base64.b64decode(one[2])) for one in shown
    ]


def _media_type(data: bytes) -> str:
    for start, kind in ((b"\xff\xd8", "jpeg"), (b"\x89PNG", "png"), (b"GIF", "gif")):
        if data.startswith(start):
            return f"image/{kind}"
    return "image/avif" if data[4:8] == b"ftyp" else "image/webp"


@pytest.fixture
def ours(monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], Image.Image]:
    """A function that makes a thumbnail, before it is encoded."""
    kept: list[Image.Image] = []

    def keep(image: Image.Image, _: str) -> Thumbnail:
        kept.append(image.convert("RGBA"))
        return Thumbnail(b"", "")

    monkeypatch.setattr(thumbnail, "encoded", keep)

    def make(data: bytes) -> Image.Image:
        PillowEngine("fit", MAX_DECODE_BYTES).make(data)
        return kept.pop()

    return make


def what_differs(one: Shown, made: Image.Image | str, shown: Image.Image | None) -> str:
    """How a thumbnail, or the reason of a refusal, isn't what is meant to be; "" if it is."""
    if isinstance(made, str) or one.refusal:
        is_meant = isinstance(made, str) and one.refusal and made.startswith(one.refusal)
        return "" if is_meant and shown is not None else f"{made}; Chromium shows {shown}"
    if shown is None or one.is_ours_alone:
        return "" if shown is None and one.is_ours_alone else f"Chromium shows {shown}"
    if one.turn in TURNS:
        shown = shown.transpose(TURNS[one.turn])
    if one.is_alpha_stretched_in_chromium:
        made.putalpha(made.getchannel("A").point(lambda value: (value - 16) * 255 / 219))
    size = made.size
    if max(shown.size) > max(size):
        shown, made = shown.resize(size, FILTER), made.resize(_squares(size), BOX)
        shown = shown.resize(made.size, BOX)
    if one.is_cut_in_chromium:
        if shown.getchannel("A").getextrema() != (0, 255):
            return "whole in Chromium, too"
        shown = _filled(shown, made)
    return _difference(made, shown)


def _squares(size: tuple[int, int]) -> tuple[int, int]:
    """The size with a pixel for each square: details of a reduced picture depend on the filter."""
    width, height = size
    return -(-width // SQUARE), -(-height // SQUARE)


def _filled(shown: Image.Image, made: Image.Image) -> Image.Image:
    """A picture whose last blocks Chromium leaves out, with ours instead."""
    box = (0, shown.height - LARGEST_BLOCK, *shown.size)
    below = made.crop(box)
    below.alpha_composite(shown.crop(box))
    filled = shown.copy()
    filled.paste(below, box)
    return filled


def _difference(one: Image.Image, other: Image.Image) -> str:
    if one.size != other.size:
        return f"{one.size}, in Chromium {other.size}"
    difference = ImageChops.difference(one.convert("RGBa"), other.convert("RGBa"))
    most = max(difference.tobytes())
    return f"{most} of 255 in a channel" if most > TOLERANCE else ""


def test_pictures_look_as_in_chromium(
    pictures: list[Shown],
    in_chromium: list[Image.Image | None],
    ours: Callable[[bytes], Image.Image],
) -> None:
    wrong = {}
    for one, shown in zip(pictures, in_chromium, strict=True):
        made: Image.Image | str
        try:
            made = ours(one.data)
        except ImageRefusedError as refusal:
            made = str(refusal)
        if words := what_differs(one, made, shown):
            wrong[one.name] = words
    assert wrong == {}
    assert len(pictures) > 300


@pytest.mark.parametrize(
    ("one", "made", "shown"),
    [
        (Shown("", b""), WHITE, Image.new("RGBA", (4, 4), (255, 255, 248))),
        (Shown("", b""), WHITE, Image.new("RGBA", (3, 4), "white")),
        (Shown("", b""), WHITE, None),
        (Shown("", b""), "damaged", WHITE),
        (Shown("", b"", refusal="too large"), "damaged", WHITE),
        (Shown("", b"", refusal="damaged"), WHITE, WHITE),
        (Shown("", b"", refusal="damaged"), "damaged", None),
        (Shown("", b"", is_ours_alone=True), WHITE, WHITE),
        (Shown("", b"", is_cut_in_chromium=True), WHITE, WHITE),
    ],
)
def test_a_difference_is_seen(
    one: Shown, made: Image.Image | str, shown: Image.Image | None
) -> None:
    assert what_differs(one, made, shown)
