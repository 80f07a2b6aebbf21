"""The tag that names a user on a mail."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.mail_feedback import tag_of, username_of_tag

# What SES takes as a tag's value.
TAG = re.compile(r"[A-Za-z0-9_-]{1,256}")


@given(st.text(min_size=1, max_size=300))
def test_any_user_is_named_by_a_tag_that_ses_takes(username: str) -> None:
    tag = tag_of(username)
    if len(username.encode()) > 192:
        assert tag is None
    else:
        assert tag is not None
        assert TAG.fullmatch(tag)
        assert username_of_tag(tag) == username


def test_a_tag_shows_no_padding() -> None:
    assert tag_of("anna") == "YW5uYQ"
    assert tag_of("björn?") == "YmrDtnJuPw"


@pytest.mark.parametrize(
    "tag",
    ["YW5uY", "YW5u YQ", "YW5uYQ==", "YW5u+/8", "_w", "ä", "a", "YW5uYQ\n"],
    ids=["length", "blank", "padding", "alphabet", "utf-8", "ascii", "one", "line end"],
)
def test_what_is_no_such_tag_is_an_error(tag: str) -> None:
    with pytest.raises(ValueError, match=r"^not unpadded base64url of UTF-8$"):
        username_of_tag(tag)
