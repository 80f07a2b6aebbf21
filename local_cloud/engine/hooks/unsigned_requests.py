"""Refuses to read a bucket without a signature, as S3 does where nothing is public.

The engine checks signatures, but takes a request without one as its owner's:
https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
"""

# ruff: noqa: SLF001, PLC0415 - internals of one version, which only the engine has

from collections.abc import Mapping
from typing import Any

READS = frozenset({"GET", "HEAD"})
# In the header, or in the query of a link; the second as an older version of S3 signs.
SIGNATURES_IN_QUERY = frozenset({"x-amz-signature", "signature"})


def install() -> None:
    """Check that each read is signed."""
    from ministack.services import s3

    verify = s3._verify_presigned_sigv4

    def verify_all(method: str, path: str, headers: dict[str, str], query: Any) -> Any:  # noqa: ANN401 - the engine's
        if method in READS and not is_signed(headers, query):
            return s3._error("AccessDenied", "Access Denied", 403, path)
        return verify(method, path, headers, query)

    s3._verify_presigned_sigv4 = verify_all


def is_signed(headers: Mapping[str, str], query: Mapping[str, object]) -> bool:
    """Whether a request has a signature, right or wrong."""
    names = {name.lower() for name in query}
    return "authorization" in map(str.lower, headers) or not names.isdisjoint(SIGNATURES_IN_QUERY)
