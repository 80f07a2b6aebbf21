"""Structural similarity of two pictures of one size (Wang et al., 2004).

The mean over all windows of 7 x 7 pixels within the picture, with sample covariance, like the
default of `skimage.metrics.structural_similarity`. In plain Python: thumbnails are small, and the
tests need no numpy.
"""

from collections.abc import Iterator, Sequence

WINDOW = 7
WHITE = 255
C1 = (0.01 * WHITE) ** 2
C2 = (0.03 * WHITE) ** 2

Rows = Sequence[Sequence[int]]


def structural_similarity(one: Rows, other: Rows) -> float:
    """Return the similarity of two grey pictures, 1.0 for equal ones.

    Args:
        one: rows of values from 0 to 255.
        other: as many rows, as long.

    Raises:
        ValueError: the sizes differ, or are below 7 x 7.
    """
    if [len(row) for row in one] != [len(row) for row in other]:
        raise ValueError("the pictures differ in size")
    if len(one) < WINDOW or len(one[0]) < WINDOW:
        raise ValueError(f"the pictures are smaller than {WINDOW} x {WINDOW}")
    sums = (
        _window_sums(one),
        _window_sums(other),
        _window_sums(_products(one, one)),
        _window_sums(_products(other, other)),
        _window_sums(_products(one, other)),
    )
    values = [_similarity_of_window(*window) for window in zip(*sums, strict=True)]
    return sum(values) / len(values)


def _products(one: Rows, other: Rows) -> list[list[int]]:
    return [
        [a * b for a, b in zip(first, second, strict=True)]
        for first, second in zip(one, other, strict=True)
    ]


def _window_sums(rows: Rows) -> list[int]:
    """The sum of each window, row by row."""
    by_column = [list(_running_sums(column)) for column in zip(*rows, strict=True)]
    return [total for row in zip(*by_column, strict=True) for total in _running_sums(row)]


def _running_sums(values: Sequence[int]) -> Iterator[int]:
    """The sum of every WINDOW neighbours."""
    total = sum(values[:WINDOW])
    yield total
    for leaving, entering in zip(values, values[WINDOW:], strict=False):
        total += entering - leaving
        yield total


def _similarity_of_window(one: int, other: int, one_2: int, other_2: int, product: int) -> float:
    """The similarity of two windows, from the sums of their values, squares and products."""
    count = WINDOW * WINDOW
    mean_one, mean_other = one / count, other / count
    variance_one = (one_2 - one * mean_one) / (count - 1)
    variance_other = (other_2 - other * mean_other) / (count - 1)
    covariance = (product - one * mean_other) / (count - 1)
    return (
        (2 * mean_one * mean_other + C1)
        * (2 * covariance + C2)
        / ((mean_one**2 + mean_other**2 + C1) * (variance_one + variance_other + C2))
    )
