"""The sizes of thumbnails, as the environment names them."""

import pytest

from shared.environment import ConfigurationError
from shared.thumbnail_sizes import ThumbnailSizes, thumbnail_sizes


@pytest.mark.parametrize(
    ("made", "former", "sizes"),
    [
        ("150,300", None, ThumbnailSizes((150, 300))),
        ("150", "", ThumbnailSizes((150,))),
        ("300,150", "450,64", ThumbnailSizes((300, 150), (450, 64))),
    ],
)
def test_the_sizes_are_read(
    monkeypatch: pytest.MonkeyPatch, made: str, former: str | None, sizes: ThumbnailSizes
) -> None:
    monkeypatch.setenv("THUMBNAIL_SIZES", made)
    if former is not None:
        monkeypatch.setenv("FORMER_THUMBNAIL_SIZES", former)
    assert thumbnail_sizes() == sizes
    assert sizes.known == sizes.made + sizes.former


@pytest.mark.parametrize(
    ("made", "former", "reason"),
    [
        ("", None, "THUMBNAIL_SIZES: environment variable is not set"),
        ("300", None, "THUMBNAIL_SIZES: 150 is missing"),
        ("150,", None, "THUMBNAIL_SIZES: '150,' is not a list of whole numbers above 0"),
        ("150,0", None, "THUMBNAIL_SIZES: '150,0' is not a list of whole numbers above 0"),
        ("150,150", None, "THUMBNAIL_SIZES: '150,150' has a number twice"),
        ("150", "x", "FORMER_THUMBNAIL_SIZES: 'x' is not a list of whole numbers above 0"),
        ("150,300", "300", "FORMER_THUMBNAIL_SIZES: has a size of THUMBNAIL_SIZES"),
    ],
)
def test_a_wrong_list_is_named(
    monkeypatch: pytest.MonkeyPatch, made: str, former: str | None, reason: str
) -> None:
    monkeypatch.setenv("THUMBNAIL_SIZES", made)
    if former is not None:
        monkeypatch.setenv("FORMER_THUMBNAIL_SIZES", former)
    with pytest.raises(ConfigurationError) as caught:
        thumbnail_sizes()
    assert str(caught.value) == reason
