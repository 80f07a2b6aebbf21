"""The keys that sign session cookies, from SSM Parameter Store."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from shared.environment import ConfigurationError
from shared.errors import error_code, temporary_errors_named
from web_api.log import logger

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient
    from mypy_boto3_ssm.type_defs import ParameterTypeDef

AGE_LIMIT = 300  # seconds after which a new key is read
KEY_LENGTH_MINIMUM = 32  # characters

# What SSM answers if the KMS key of a version may not be used, and if that key is disabled or gone:
# https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html
_NOT_DECRYPTED = {"AccessDeniedException", "InvalidKeyId"}


@dataclass(slots=True)
class SigningKeys:
    """The current and the former version of a SecureString parameter.

    Read every five minutes, by a monotonic clock.
    """

    ssm: "SSMClient"
    parameter_name: str
    clock: Callable[[], float] = time.monotonic
    _keys: tuple[str, ...] = field(default=(), repr=False)
    _read_at: float = field(default=0.0, repr=False)

    def read(self, *, age_limit: float = AGE_LIMIT) -> tuple[str, ...]:
        """The former key, if there is one, and the current key, read within `age_limit` seconds.

        Raises:
            ConfigurationError: The current key is too short.
            ServiceUnavailableError: SSM can't answer now.
        """
        now = self.clock()
        if not self._keys or now - self._read_at >= age_limit:
            self._keys, self._read_at = self._read_both(), now
        return self._keys

    def _read_both(self) -> tuple[str, ...]:
        current = self._parameter(self.parameter_name)
        if len(current["Value"]) < KEY_LENGTH_MINIMUM:
            raise ConfigurationError(
                f"{self.parameter_name}: a key has {KEY_LENGTH_MINIMUM} characters at least"
            )
        former = self._version(current["Version"] - 1)
        return (current["Value"],) if former is None else (former, current["Value"])

    def _version(self, version: int) -> str | None:
        """A version of the parameter; None where there is none, or no longer.

        A version that can't be decrypted counts as gone: a change of `encryption` leaves the former
        one encrypted by the former KMS key. Its sessions end, and nobody gets an error.
        """
        if version < 1:
            return None
        try:
            return self._parameter(f"{self.parameter_name}:{version}")["Value"]
        except ClientError as error:
            code = error_code(error)
            if code == "ParameterVersionNotFound":
                return None
            if code in _NOT_DECRYPTED:
                name = self.parameter_name
                logger.warning("Former session key not read", parameter=name, error=code)
                return None
            raise

    def _parameter(self, name: str) -> "ParameterTypeDef":
        with temporary_errors_named("parameter of the session key"):
            return self.ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]
