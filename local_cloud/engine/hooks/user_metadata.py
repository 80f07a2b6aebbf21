"""Returns user metadata beyond ASCII as S3 does: encoded by RFC 2047.

S3 reads the bytes of a header as ISO 8859-1 and encodes that as UTF-8, so text that was sent in
UTF-8 is encoded twice:
https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html#UserMetadata
The engine returns the plain bytes, which the SDK refuses to send again.
"""

# ruff: noqa: SLF001, PLC0415 - internals of one version, which only the engine has

from base64 import b64encode
from collections.abc import Mapping


def install() -> None:
    """Make objects keep their metadata in S3's encoding."""
    from ministack.services import s3

    extract = s3._extract_user_metadata

    def extract_encoded(headers: Mapping[str, str]) -> dict[str, str]:
        return {name: encoded(value) for name, value in extract(headers).items()}

    s3._extract_user_metadata = extract_encoded


def encoded(value: str) -> str:
    """A header's value in S3's encoding; the engine has decoded it from UTF-8."""
    if value.isascii():
        return value
    text = value.encode("utf-8").decode("iso-8859-1")
    return f"=?UTF-8?B?{b64encode(text.encode('utf-8')).decode('ascii')}?="
