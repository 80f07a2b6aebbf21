"""The environment variables of the engine."""

from pathlib import Path

from tooling.environment import REGION, dummy_credentials
from tooling.loopback import LOOPBACK


def engine_environment(port: int, state_dir: Path) -> dict[str, str]:
    """The complete environment of the engine, with nothing of the user's shell.

    Functions inherit it. On AWS they see only their own variables and the runtime's.
    """
    temporary = state_dir / "tmp"
    return {
        **dummy_credentials(state_dir),
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": str(state_dir),
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        # The engine unpacks functions and keeps its own pid file there.
        "TMPDIR": str(temporary),
        "BIND_HOST": LOOPBACK,
        "GATEWAY_PORT": str(port),
        "MINISTACK_REGION": REGION,
        "S3_DATA_DIR": str(temporary / "s3"),
        "STATE_DIR": str(temporary / "state"),
        # Both would open ports that nothing here uses.
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        # Where the engine finds Docker, it removes containers, which are not ours.
        "DOCKER_HOST": f"unix://{temporary / 'no-docker.sock'}",
    }
