"""Limits on a file's segments or chunks, checked before Pillow reads it.

Pillow reads a JPEG's segments and a PNG's chunks in Python and keeps unknown ones. A file of 64 MB
may have 17 million: two gigabytes, and more time than the function has. Counting them here takes no
memory.
"""

import struct

from create_thumbnail.engine import ImageRefusedError

# 64 MB of metadata in segments of the greatest length are 1024 segments.
JPEG_SEGMENTS_LIMIT = 2000
# Between two segments there are no bytes, or a few of padding.
JPEG_PADDING_LIMIT = 64 * 1024

# 64 MB in chunks of 8 kB, as libpng writes them, are 8192; an animation's frames are some more.
PNG_DATA_CHUNKS_LIMIT = 65_536
PNG_OTHER_CHUNKS_LIMIT = 2000
PNG_DATA_CHUNKS = frozenset({b"IDAT", b"fcTL", b"fdAT"})

JPEG_SIGNATURE = b"\xff\xd8\xff"
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
SOS = 0xDA
FILL = 0xFF
# Markers without a length: TEM, RST0 to 7, SOI, EOI, and JPG and JPG0 to 13, which Pillow reads the
# same way. A zero means that the 0xFF before it isn't a marker.
WITHOUT_A_LENGTH = frozenset({0x00, 0x01, 0xC8, *range(0xD0, 0xDA), *range(0xF0, 0xFE)})


def check_structure(data: bytes) -> None:
    """Check what Pillow reads in Python, of a file of any format, damaged or not.

    Raises:
        ImageRefusedError: It has more segments or chunks than a real picture.
    """
    if data.startswith(JPEG_SIGNATURE):
        _check_jpeg(data)
    elif data.startswith(PNG_SIGNATURE):
        _check_png(data)


def _check_jpeg(data: bytes) -> None:
    """Count the segments before the first scan. libjpeg reads the rest."""
    segments = padding = 0
    position = 2
    while (start := data.find(b"\xff", position)) >= 0 and start + 1 < len(data):
        marker = data[start + 1]
        if marker == SOS:
            return
        padding += start - position
        if marker == FILL:
            position = start + 1
            padding += 1
        elif marker in WITHOUT_A_LENGTH:
            position = start + 2
            padding += 2
        else:
            length = int.from_bytes(data[start + 2 : start + 4], "big")
            position = start + 2 + max(length, 2)
            segments += 1
        if segments > JPEG_SEGMENTS_LIMIT:
            raise ImageRefusedError(f"JPEG of more than {JPEG_SEGMENTS_LIMIT} segments")
        if padding > JPEG_PADDING_LIMIT:
            raise ImageRefusedError(f"JPEG with more than {JPEG_PADDING_LIMIT} bytes of padding")


def _check_png(data: bytes) -> None:
    data_chunks = other_chunks = 0
    position = len(PNG_SIGNATURE)
    while position + 8 <= len(data):
        length, name = struct.unpack_from(">I4s", data, position)
        position += 12 + length
        if name in PNG_DATA_CHUNKS:
            data_chunks += 1
        else:
            other_chunks += 1
        if data_chunks > PNG_DATA_CHUNKS_LIMIT or other_chunks > PNG_OTHER_CHUNKS_LIMIT:
            raise ImageRefusedError("PNG of more chunks than a picture has")
