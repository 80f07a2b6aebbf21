"""How every AWS client of the functions is set up."""

from botocore.config import Config

# Short time-outs, so that a lost connection is tried again well within a function's own time-out.
# "standard" retries throttling, 5xx and connection errors with exponential backoff and jitter.
RETRYING = Config(
    connect_timeout=2, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 4}
)

# For calls that must not be made twice by a client on its own after a lost answer.
SINGLE_ATTEMPT = Config(
    connect_timeout=2, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 1}
)
