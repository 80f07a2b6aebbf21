"""Turns a picture upright, as its EXIF or its boxes say, as browsers do.

The format: CIPA DC-008 (Exif 2.32), 4.6.2; the types are those of TIFF 6.0.
"""

import struct

from PIL import Image

from create_thumbnail.avif_structure import AvifStructure
from create_thumbnail.heic_structure import HeicStructure
from create_thumbnail.structure import Structure

# With this in front, or without, in a WebP.
MARK = b"Exif\0\0"
ORIENTATION = 0x0112
SHORT = 3
ENTRY_LENGTH = 12
BYTE_ORDERS = {b"II*\0": "<", b"MM\0*": ">"}

# By orientation, what turns a picture upright.
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def upright(image: Image.Image, structure: Structure) -> Image.Image:
    """The picture turned upright.

    EXIF alone turns a JPEG, PNG or WebP, and nothing if it can't be read. In an AVIF or a HEIC,
    irot and imir do, and its EXIF is ignored.
    """
    match structure:
        case AvifStructure() | HeicStructure():
            orientation = structure.orientation
        case _:
            orientation = orientation_of(structure.exif)
    turn = TURNS.get(orientation)
    return image if turn is None else image.transpose(turn)


def orientation_of(exif: memoryview) -> int:
    """The orientation in an EXIF block, damaged or not; 1, which is upright, without one."""
    if exif[: len(MARK)] == MARK:
        exif = exif[len(MARK) :]
    order = BYTE_ORDERS.get(bytes(exif[:4]))
    try:
        return _orientation_of(exif, order) if order else 1
    except struct.error:  # an offset behind the end
        return 1


def _orientation_of(exif: memoryview, order: str) -> int:
    (directory,) = struct.unpack_from(f"{order}I", exif, 4)
    (count,) = struct.unpack_from(f"{order}H", exif, directory)
    for place in range(directory + 2, directory + 2 + count * ENTRY_LENGTH, ENTRY_LENGTH):
        tag, kind, values, value = struct.unpack_from(f"{order}HHIH", exif, place)
        if tag == ORIENTATION:
            return int(value) if (kind, values) == (SHORT, 1) else 1
    return 1
