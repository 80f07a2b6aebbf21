import pytest

from local_cloud.engine.hooks.unsigned_requests import is_signed


@pytest.mark.parametrize(
    ("headers", "query", "signed"),
    [
        ({}, {}, False),
        ({"host": "a"}, {"list-type": ["2"]}, False),
        ({"authorization": "AWS4-HMAC-SHA256 x"}, {}, True),
        ({"Authorization": "AWS a:b"}, {}, True),
        ({}, {"X-Amz-Signature": ["a"]}, True),
        ({}, {"Signature": ["a"]}, True),
    ],
)
def test_signature_is_in_the_header_or_in_the_query(
    headers: dict[str, str], query: dict[str, list[str]], signed: bool
) -> None:
    assert is_signed(headers, query) is signed
