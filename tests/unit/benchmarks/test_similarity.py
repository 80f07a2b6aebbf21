"""The similarity measure, against values worked out by hand and by scikit-image."""

import random

import pytest

from benchmarks.similarity import structural_similarity


def flat(value: int, width: int = 9, height: int = 8) -> list[list[int]]:
    return [[value] * width for _ in range(height)]


def noise(seed: int, width: int = 12, height: int = 10) -> list[list[int]]:
    generator = random.Random(seed)  # noqa: S311 - pixels, no secrets
    return [[generator.randrange(256) for _ in range(width)] for _ in range(height)]


def gradient(size: int = 16) -> list[list[int]]:
    return [[(7 * x + 3 * y) % 256 for x in range(size)] for y in range(size)]


def test_a_picture_is_entirely_similar_to_itself() -> None:
    assert structural_similarity(noise(1), noise(1)) == pytest.approx(1)


def test_flat_pictures_differ_by_their_brightness_alone() -> None:
    c1 = (0.01 * 255) ** 2
    expected = (2 * 100 * 150 + c1) / (100**2 + 150**2 + c1)
    assert structural_similarity(flat(100), flat(150)) == pytest.approx(expected)


def test_it_agrees_with_scikit_image() -> None:
    one = gradient()
    other = [
        [min(255, value + (x * y) % 11) for x, value in enumerate(row)] for y, row in enumerate(one)
    ]
    # skimage.metrics.structural_similarity(one, other, data_range=255) of scikit-image 0.26.0
    assert structural_similarity(one, other) == pytest.approx(0.9771595544254251)


def test_unrelated_noise_is_not_similar_and_order_is_no_matter() -> None:
    value = structural_similarity(noise(1), noise(2))
    assert abs(value) < 0.2
    assert structural_similarity(noise(2), noise(1)) == pytest.approx(value)


@pytest.mark.parametrize(
    ("one", "other", "words"),
    [
        (flat(1, 9, 8), flat(1, 8, 9), "differ in size"),
        (flat(1, 9, 8), flat(1, 9, 9), "differ in size"),
        (flat(1, 6, 8), flat(1, 6, 8), "smaller than 7 x 7"),
        ([], [], "smaller than 7 x 7"),
    ],
)
def test_sizes_that_cannot_be_compared(
    one: list[list[int]], other: list[list[int]], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        structural_similarity(one, other)
