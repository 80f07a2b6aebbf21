"""The TinyPNG account's key, from SSM Parameter Store."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient

AGE_LIMIT = 300  # seconds after which a replaced key is read


@dataclass(slots=True)
class ApiKey:
    """A SecureString parameter, read again after five minutes by a monotonic clock."""

    ssm: "SSMClient"
    parameter_name: str
    clock: Callable[[], float] = time.monotonic
    _value: str = field(default="", repr=False)
    _read_at: float = field(default=0.0, repr=False)

    def read(self) -> str:
        """The key."""
        now = self.clock()
        if not self._value or now - self._read_at >= AGE_LIMIT:
            answer = self.ssm.get_parameter(Name=self.parameter_name, WithDecryption=True)
            self._value, self._read_at = answer["Parameter"]["Value"], now
        return self._value
