import pytest

from local_cloud.engine.hooks.user_metadata import encoded


@pytest.mark.parametrize(
    ("value", "returned"),
    [
        ("", ""),
        ("AMAZONS3", "AMAZONS3"),
        # The example of S3's documentation.
        ("ÄMÄZÕÑ S3", "=?UTF-8?B?w4PChE3Dg8KEWsODwpXDg8KRIFMz?="),
        # Encoded already, it stays as it is.
        ("=?UTF-8?B?Wm/Dqw==?=", "=?UTF-8?B?Wm/Dqw==?="),
    ],
)
def test_metadata_is_returned_as_s3_does(value: str, returned: str) -> None:
    assert encoded(value) == returned
