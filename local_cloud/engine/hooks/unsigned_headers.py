"""Refuses a presigned request with headers of S3 that its signature doesn't cover, as S3 does.

The engine takes them, so the holder of a link could add metadata, tags or an ACL, which shows only
here. S3 answers "There were headers present in the request which were not signed":
https://github.com/aws/aws-sdk-java/issues/1680
"""

# ruff: noqa: SLF001, PLC0415 - internals of one version, which only the engine has

from collections.abc import Iterable
from typing import Any

# S3 takes it unsigned: of a presigned request, the payload is not signed.
MAY_BE_UNSIGNED = "x-amz-content-sha256"


def install() -> None:
    """Check the headers of each presigned request."""
    from ministack.services import s3

    verify = s3._verify_presigned_sigv4

    def verify_all(method: str, path: str, headers: dict[str, str], query: Any) -> Any:  # noqa: ANN401 - the engine's
        refusal = verify(method, path, headers, query)
        if refusal is not None or not s3._qp(query, "X-Amz-Signature", ""):
            return refusal
        if unsigned_headers(headers, s3._qp(query, "X-Amz-SignedHeaders", "")):
            message = "There were headers present in the request which were not signed"
            return s3._error("AccessDenied", message, 403, path)
        return None

    s3._verify_presigned_sigv4 = verify_all


def unsigned_headers(names: Iterable[str], signed: str) -> list[str]:
    """The headers that S3 requires to be signed and that are not.

    Args:
        names: the request's headers.
        signed: the value of X-Amz-SignedHeaders.
    """
    covered = {*signed.lower().split(";"), MAY_BE_UNSIGNED}
    return sorted(
        name for name in map(str.lower, names) if name.startswith("x-amz-") and name not in covered
    )
