"""Makes boto3 clients of an engine, with dummy credentials."""

from typing import Any

import boto3
from botocore.config import Config

from tooling import environment


def make(service: str, endpoint_url: str) -> Any:  # noqa: ANN401 - see Engine.client
    """A boto3 client of the engine at `endpoint_url`."""
    return boto3.client(
        service,  # type: ignore[call-overload] # the overloads want literal names
        endpoint_url=endpoint_url,
        region_name=environment.REGION,
        aws_access_key_id=environment.ACCESS_KEY_ID,
        aws_secret_access_key=environment.SECRET_ACCESS_KEY,
        config=Config(
            # Calls to this machine must not go through a proxy.
            proxies={},
            s3={"addressing_style": "path"},
            connect_timeout=5,
            read_timeout=60,
            retries={"total_max_attempts": 2},
        ),
    )
