"""Colour profiles without what takes minutes."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from create_thumbnail.icc_profile import quick_profile
from create_thumbnail.thumbnail import PillowEngine
from tests.unit.hostile_pictures import profile_of_steps
from tests.unit.pictures import display_p3_in_srgb, display_p3_profile, encoded, is_close, opened


def test_an_ordinary_profile_is_left_alone() -> None:
    profile = display_p3_profile()
    assert quick_profile(profile) is profile


@pytest.mark.parametrize("tag", [b"D2B0", b"D2B1", b"D2B2", b"D2B3", b"B2D0", b"B2D3"])
def test_a_transform_in_floating_point_is_not_found_any_more(tag: bytes) -> None:
    profile = profile_of_steps(3, tag=tag)
    changed = quick_profile(profile)
    assert profile.count(tag) == 1
    assert changed == profile.replace(tag, tag.lower())


def test_a_transform_of_very_many_steps_takes_no_time_and_the_matrix_is_used() -> None:
    """Slow by a factor of a thousand without it: this is no benchmark."""
    colour = (200, 100, 100)
    data = encoded("PNG", colour=colour, icc_profile=profile_of_steps(50_000))
    started = time.process_time()
    thumbnail = opened(PillowEngine("fit", 10**9).make(data).data)
    assert time.process_time() - started < 10
    found = thumbnail.getpixel((9, 9))
    assert isinstance(found, tuple)
    assert is_close(found, display_p3_in_srgb(colour), 4)


@given(st.binary(max_size=200) | st.binary(min_size=128, max_size=128).map(lambda b: b * 12))
def test_any_bytes_keep_their_length(profile: bytes) -> None:
    assert len(quick_profile(profile)) == len(profile)
