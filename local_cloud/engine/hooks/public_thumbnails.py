"""Lets a distribution serve a bucket by plain http on loopback, where the cloud has no https.

The engine serves distributions with their behaviours, policies for headers and origin access
control. It caches nothing.
"""

# ruff: noqa: SLF001, PLC0415 - internals of one version, which only the engine has

from typing import Any


def install() -> None:
    """Count a viewer's request, and CloudFront's own to the bucket, as encrypted."""
    from ministack.core import iam_evaluator
    from ministack.services import cloudfront, s3

    allows = s3._cloudfront_origin_allows

    def allows_encrypted(*arguments: Any) -> bool:  # noqa: ANN401 - the engine's
        origin = iam_evaluator._request_origin
        token = origin.set(("127.0.0.1", True))
        try:
            return bool(allows(*arguments))
        finally:
            origin.reset(token)

    def take_http(*_: object) -> None:
        """Refuse and redirect nothing."""

    s3._cloudfront_origin_allows = allows_encrypted
    cloudfront._check_viewer_protocol_policy = take_http
