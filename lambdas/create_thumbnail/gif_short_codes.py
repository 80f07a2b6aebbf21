"""GIFs whose codes begin with 2 bits, decoded in Python.

The format wants 3 at least, and Pillow's decoder never widens these. Browsers show such files.
"""

from collections.abc import Iterator

from create_thumbnail.codec import BrokenPixelsError

CLEAR, END = 2, 3
FIRST_WIDTH, LAST_WIDTH = 2, 12
TABLE_LIMIT = 1 << LAST_WIDTH
# Of an interlaced frame: the first row of each pass, and its step.
PASSES = ((0, 8), (4, 8), (2, 4), (1, 2))


def indices_of_two_colours(sub_blocks: bytes | memoryview, count: int) -> bytes:
    """The indices of the first pixels, up to this many; fewer if the data end before.

    Raises:
        BrokenPixelsError: They can't be decoded.
    """
    indices = bytearray()
    for text in _texts(_content(sub_blocks)):
        indices += text
        if len(indices) >= count:
            break
    return bytes(indices[:count])


def in_order(indices: bytes, width: int, height: int) -> bytes:
    """The rows of an interlaced frame, from the top to the bottom."""
    order = [row for first, step in PASSES for row in range(first, height, step)]
    places = sorted(range(height), key=order.__getitem__)
    return b"".join(indices[place * width : (place + 1) * width] for place in places)


def _content(sub_blocks: bytes | memoryview) -> Iterator[int]:
    position = 0
    while position < len(sub_blocks):
        end = position + 1 + sub_blocks[position]
        yield from sub_blocks[position + 1 : end]
        position = end


def _texts(content: Iterator[int]) -> Iterator[bytes]:
    """What each code stands for."""
    table = _first_table()
    width, known = FIRST_WIDTH, b""
    value = length = 0
    for byte in content:
        value |= byte << length
        length += 8
        while length >= width:
            code = value & ((1 << width) - 1)
            value >>= width
            length -= width
            if code == END:
                return
            if code == CLEAR:
                table, width, known = _first_table(), FIRST_WIDTH, b""
                continue
            known = _known(table, known, code)
            yield known
            if len(table) == 1 << width and width < LAST_WIDTH:
                width += 1


def _first_table() -> list[bytes]:
    return [b"\0", b"\1", b"", b""]  # the last two are CLEAR and END


def _known(table: list[bytes], known: bytes, code: int) -> bytes:
    """What a code stands for; the table learns what was known and its first index."""
    if code > len(table) or (code == len(table) and not known):
        raise BrokenPixelsError
    text = table[code] if code < len(table) else known + known[:1]
    if known and len(table) < TABLE_LIMIT:
        table.append(known + text[:1])
    return text
