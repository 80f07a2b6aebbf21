import pytest

from local_cloud.engine.hooks.unsigned_headers import unsigned_headers


@pytest.mark.parametrize(
    ("names", "unsigned"),
    [
        (["host", "content-type", "x-amz-meta-a"], []),
        (["host", "X-Amz-Meta-A", "user-agent", "x-amzn-trace-id"], []),
        (["x-amz-content-sha256"], []),
        (["x-amz-meta-a", "x-amz-tagging", "x-amz-acl"], ["x-amz-acl", "x-amz-tagging"]),
    ],
)
def test_headers_of_s3_have_to_be_signed(names: list[str], unsigned: list[str]) -> None:
    assert unsigned_headers(names, "host;x-amz-meta-a") == unsigned
