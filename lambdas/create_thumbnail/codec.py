"""Pillow's decoders in C, without its readers in Python.

Those parse metadata that we don't need, and raise for what is wrong with them. They also take a
stream that ends early for a whole one. Here the decoder gets the coded pixels alone.
"""

from collections.abc import Iterable
from types import TracebackType
from typing import Self

from PIL import Image, _imaging

# libImaging/Codec.h
CODEC_OUT_OF_MEMORY = -9

Piece = bytes | memoryview


class BrokenPixelsError(Exception):
    """The decoder can't make sense of the coded pixels."""


class Codec:
    """A decoder that writes into an image.

    Args:
        name: As Pillow calls it: "jpeg", "zip".
        image: Its size is that of what is coded, or of what the decoder scales it to.
        arguments: What Pillow's reader of the format passes to the decoder.
    """

    def __init__(self, name: str, image: Image.Image, *arguments: object) -> None:
        self._decoder = getattr(_imaging, f"{name}_decoder")(image.mode, *arguments)
        self._decoder.setimage(image.im, (0, 0, *image.size))
        self._left: Piece = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._decoder.cleanup()

    def is_finished_with(self, pieces: Iterable[Piece]) -> bool:
        """Decode further pieces; tell whether the decoder needs no more.

        Raises:
            BrokenPixelsError: They can't be decoded.
        """
        for piece in pieces:
            coded = bytes(self._left) + piece if self._left else piece
            consumed, error = self._decoder.decode(coded)
            if consumed < 0:
                _check(error)
                return True
            self._left = coded[consumed:]
        return False


def _check(error: int) -> None:
    if error == CODEC_OUT_OF_MEMORY:
        raise MemoryError
    if error != 0:
        raise BrokenPixelsError
