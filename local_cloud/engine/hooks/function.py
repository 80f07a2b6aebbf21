"""What Lambda would run for a function: its settings, environment variables and files."""

import hashlib
import io
import os
import sys
import threading
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

_RUNTIME_PACKAGES = ("awslambdaric", "snapshot_restore_py", "simplejson")
_PORTABLE_CLIENT = Path(__file__).parent / "portable_runtime"

_DEFAULT_LOG_LEVEL = "INFO"


class FunctionNotRunnableError(Exception):
    """The function can't be run here. The message says why."""


@dataclass(frozen=True, slots=True)
class Function:
    """One version of a function.

    Attributes:
        name: the function's name.
        arn: its ARN.
        version: such as "$LATEST".
        handler: module and function.
        runtime: such as "python3.13".
        memory_mib: the most memory of its process, in MiB.
        timeout_seconds: the longest invocation.
        variables: its own environment variables.
        log_group: the group that it logs to.
        log_format: "Text" or "JSON".
        log_level: the lowest level that Lambda keeps; empty with the format "Text".
        revision: changes with its code and with each of its settings.
    """

    name: str
    arn: str
    version: str
    handler: str
    runtime: str
    memory_mib: int
    timeout_seconds: int
    variables: Mapping[str, str] = field(repr=False)
    log_group: str
    log_format: str
    log_level: str
    revision: str


def function_of(config: Mapping[str, Any]) -> Function:
    """A function from its configuration, in the form of GetFunctionConfiguration."""
    logging = config.get("LoggingConfig") or {}
    log_format = logging.get("LogFormat", "Text")
    return Function(
        name=config["FunctionName"],
        arn=config["FunctionArn"],
        version=config.get("Version", "$LATEST"),
        handler=config["Handler"],
        runtime=config["Runtime"],
        memory_mib=int(config.get("MemorySize", 128)),
        timeout_seconds=int(config.get("Timeout", 3)),
        variables=dict((config.get("Environment") or {}).get("Variables") or {}),
        log_group=logging.get("LogGroup") or f"/aws/lambda/{config['FunctionName']}",
        log_format=log_format,
        log_level=logging.get("ApplicationLogLevel", _DEFAULT_LOG_LEVEL)
        if log_format == "JSON"
        else "",
        revision=_revision(config),
    )


def _revision(config: Mapping[str, Any]) -> str:
    """A digest of everything that an environment is made from."""
    parts = [
        config.get(name)
        for name in ("CodeSha256", "Handler", "Runtime", "MemorySize", "Timeout", "Role")
    ]
    environment = sorted(((config.get("Environment") or {}).get("Variables") or {}).items())
    layers = [layer.get("Arn") for layer in config.get("Layers") or [] if isinstance(layer, dict)]
    text = repr((parts, environment, layers, config.get("LoggingConfig")))
    return hashlib.sha256(text.encode()).hexdigest()


def check_runtime(function: Function) -> None:
    """Raise a FunctionNotRunnableError if the function is for another Python than this one."""
    here = f"python{sys.version_info.major}.{sys.version_info.minor}"
    # build.py declares a newer Python of this machine as the newest runtime.
    if function.runtime not in (here, "python3.13") or (
        function.runtime == "python3.13" and sys.version_info < (3, 13)
    ):
        raise FunctionNotRunnableError(
            f"{function.name} is for {function.runtime}, and this is {here}: build the packages of "
            "the local cloud with `build.py --target host`"
        )


def environment_variables(  # noqa: PLR0913 - one list, put together from its sources
    function: Function,
    *,
    runtime_api: str,
    task_root: Path,
    layers_root: Path,
    runtime_dir: Path,
    log_stream: str,
    aws: Mapping[str, str],
) -> dict[str, str]:
    """All environment variables of a function's process: its own, and Lambda's reserved ones.

    It inherits none of this process.
    https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html

    Args:
        function: the function.
        runtime_api: host and port of its Runtime API.
        task_root: the folder with its unpacked zip.
        layers_root: the folder with its layers, unpacked over each other.
        runtime_dir: the folder with AWS's runtime client.
        log_stream: the name of its log stream.
        aws: the credentials of its role, and the endpoint.
    """
    region = function.arn.split(":")[3]
    reserved = {
        "_HANDLER": function.handler,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.runtime}",
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_mib),
        "AWS_LAMBDA_FUNCTION_VERSION": function.version,
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": function.log_group,
        "AWS_LAMBDA_LOG_STREAM_NAME": log_stream,
        "AWS_LAMBDA_LOG_FORMAT": function.log_format,
        "AWS_LAMBDA_RUNTIME_API": runtime_api,
        "LAMBDA_TASK_ROOT": str(task_root),
        "LAMBDA_RUNTIME_DIR": str(runtime_dir),
        "PATH": "/usr/local/bin:/usr/bin/:/bin",
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        # In AWS's order: layers, then the runtime. The task root comes first, as working directory.
        "PYTHONPATH": os.pathsep.join(
            [str(layers_root / "python"), str(runtime_dir), str(_PORTABLE_CLIENT)]
        ),
        # No credentials from the metadata service of this machine.
        "AWS_EC2_METADATA_DISABLED": "true",
        **aws,
    }
    if function.log_level:
        reserved["AWS_LAMBDA_LOG_LEVEL"] = function.log_level
    return {**function.variables, **reserved}


def runtime_folder(folder: Path) -> Path:
    """Make a folder that has only AWS's runtime interface client of this environment."""
    folder.mkdir(parents=True)
    for name in _RUNTIME_PACKAGES:
        package = distribution(name)
        tops = {file.parts[0] for file in package.files or () if not _is_beside(file.parts[0])}
        for top in tops:
            (folder / top).symlink_to(Path(str(package.locate_file(top))))
    return folder


def _is_beside(top: str) -> bool:
    return top.endswith(".dist-info") or top in ("..", "__pycache__")


class Files:
    """Unpacked zips in one folder, each content once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()

    def unpacked(self, zips: Sequence[bytes]) -> Path:
        """The folder with the content of the zips, later ones over earlier ones."""
        digest = hashlib.sha256(b"".join(hashlib.sha256(data).digest() for data in zips))
        folder = self._folder / digest.hexdigest()[:32]
        with self._lock:
            if not folder.exists():
                partial = folder.with_suffix(".partial")
                partial.mkdir(parents=True, exist_ok=True)
                for data in zips:
                    with zipfile.ZipFile(io.BytesIO(data)) as archive:
                        archive.extractall(partial)
                partial.rename(folder)
        return folder
