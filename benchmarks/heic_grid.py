"""Writes a HEIC as phones do, a grid of tiles; runs in the environment of the thumbnails' engines.

pillow-heif, which has an encoder, writes each tile; our own code joins them.
"""

import io
from itertools import product
from pathlib import Path

import pillow_heif  # type: ignore[import-not-found]  # only in this environment
from PIL import Image

from create_thumbnail.bmff_file import file_of
from create_thumbnail.bmff_items import items_of
from create_thumbnail.bmff_picture import Plane, Tile, picture_of

TILE = 512  # pixels, as in phones' files
# Primaries and transfer of sRGB, the matrix of BT.601, full range.
BT601_FULL_RANGE = b"\0\1\0\x0d\0\6\x80"


def write_grid(picture: Image.Image, path: Path, *, quality: int) -> None:
    """Write a picture as a grid of tiles; those at its right and bottom are filled with black."""
    columns, rows = -(-picture.width // TILE), -(-picture.height // TILE)
    whole = picture.convert("RGB").crop((0, 0, columns * TILE, rows * TILE))
    places = [(x * TILE, y * TILE) for y, x in product(range(rows), range(columns))]
    tiles = tuple(
        _tile(whole.crop((left, top, left + TILE, top + TILE)), quality) for left, top in places
    )
    plane = Plane(b"hvc1", picture.size, (rows, columns), tiles)
    path.write_bytes(file_of(b"heic", plane, None, BT601_FULL_RANGE, is_premultiplied=False))


def _tile(picture: Image.Image, quality: int) -> Tile:
    buffer = io.BytesIO()
    pillow_heif.from_pillow(picture).save(buffer, quality=quality)
    data = buffer.getvalue()
    (tile,) = picture_of(data, items_of(data)).colour.tiles
    return tile
