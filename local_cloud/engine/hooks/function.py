"""A function as Lambda would run it: its settings, its environment variables, its files."""

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

# What AWS_LAMBDA_LOG_LEVEL says for each level of a function's logging configuration.
_DEFAULT_LOG_LEVEL = "INFO"


class FunctionNotRunnableError(Exception):
    """The function can't be run here. The message says why."""


@dataclass(frozen=True, slots=True)
class Function:
    """What is needed to run one version of a function.

    Attributes:
        name: Its name.
        arn: Its ARN.
        version: Such as "$LATEST".
        handler: Module and function.
        runtime: Such as "python3.13".
        memory_mib: The most that its process may hold, in MiB.
        timeout_seconds: How long an invocation may take.
        variables: Its own environment variables.
        log_group: Where it logs to.
        log_format: "Text" or "JSON".
        log_level: The least level that Lambda lets through; empty with the format "Text".
        revision: Changes with its code and with every one of its settings.
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
    """A function from its configuration, as GetFunctionConfiguration answers it."""
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
    """A digest of all that an environment is made from."""
    parts = [
        config.get(name)
        for name in ("CodeSha256", "Handler", "Runtime", "MemorySize", "Timeout", "Role")
    ]
    environment = sorted(((config.get("Environment") or {}).get("Variables") or {}).items())
    layers = [layer.get("Arn") for layer in config.get("Layers") or [] if isinstance(layer, dict)]
    text = repr((parts, environment, layers, config.get("LoggingConfig")))
    return hashlib.sha256(text.encode()).hexdigest()


def check_runtime(function: Function) -> None:
    """Make sure that the function is made for the Python that would run it.

    Raises:
        FunctionNotRunnableError: It is made for another one.
    """
    here = f"python{sys.version_info.major}.{sys.version_info.minor}"
    # The newest runtime name there is stands for a newer Python of this machine too: build.py.
    if function.runtime not in (here, "python3.13") or (
        function.runtime == "python3.13" and sys.version_info < (3, 13)
    ):
        raise FunctionNotRunnableError(
            f"{function.name} is made for {function.runtime}, and this is {here}: "
            "packages for the local cloud come from `build.py --target host`"
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

    Of this process it inherits none.
    https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html

    Args:
        function: The function.
        runtime_api: Host and port of its Runtime API.
        task_root: The folder with its zip, unpacked.
        layers_root: The folder with its layers, unpacked over each other.
        runtime_dir: The folder with AWS's runtime client.
        log_stream: The name of its log stream.
        aws: The credentials of its role, and what leads the SDK here instead of to AWS.
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
        # On AWS: layers, then the runtime; the task root comes first as the working directory.
        "PYTHONPATH": os.pathsep.join(
            [str(layers_root / "python"), str(runtime_dir), str(_PORTABLE_CLIENT)]
        ),
        # Nobody's settings and nobody's machine are asked for credentials.
        "AWS_EC2_METADATA_DISABLED": "true",
        **aws,
    }
    if function.log_level:
        reserved["AWS_LAMBDA_LOG_LEVEL"] = function.log_level
    return {**function.variables, **reserved}


def runtime_folder(folder: Path) -> Path:
    """Make a folder with AWS's runtime interface client and nothing else of this environment."""
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
    """Unpacked zips below one folder, each once, by its content."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()

    def unpacked(self, zips: Sequence[bytes]) -> Path:
        """The folder with what the zips hold, a later one over an earlier one."""
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
