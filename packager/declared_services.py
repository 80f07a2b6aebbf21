"""Compares the AWS services that a function uses with those that package.toml declares.

A zip holds botocore's data of declared services only. A missing one would fail with
UnknownServiceError on Lambda, at the first event that needs it; here the build fails.

All clients come from the accessors in shared/aws.py. The accessors that a function imports show
which services it uses, so no other way to a client is allowed.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from packager.components import SHARED_PACKAGE, visible_files
from packager.errors import BuildError
from packager.settings import SETTINGS_NAME

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from packager.components import Component

ACCESSORS = f"{SHARED_PACKAGE}.aws"
OTHER_WAYS_TO_A_CLIENT = (
    *(ACCESSORS, "boto3", "botocore.session", "importlib.import_module", "__import__"),
    # Powertools' modules that make clients themselves.
    "aws_lambda_powertools.utilities.circuit_breaker",
    "aws_lambda_powertools.utilities.data_classes.CodePipelineJobEvent",
    "aws_lambda_powertools.utilities.data_classes.code_pipeline_job_event",
    "aws_lambda_powertools.utilities.data_masking.provider.kms",
    "aws_lambda_powertools.utilities.feature_flags",
    "aws_lambda_powertools.utilities.idempotency",
    "aws_lambda_powertools.utilities.parameters",
    "aws_lambda_powertools.utilities.streaming",
)


def check_declared_services(component: Component) -> None:
    """Raise a BuildError where a function uses an AWS service that package.toml does not name."""
    if component.is_layer:
        return
    shared = component.folder.parent / SHARED_PACKAGE
    accessors = services_by_accessor(shared / "aws.py")
    # A shared module may import no accessor: every function would have to declare its services.
    for package, known in ((shared, {}), (component.folder, accessors)):
        for location, name in imports(package):
            services = known.get(name)
            if not services:
                refuse_other_ways(location, name)
            elif missing := services.difference(component.settings.aws_services):
                raise BuildError(
                    f"{location}: `{name}` uses `{min(missing)}`, which is not among the "
                    f"`aws_services` of {component.folder / SETTINGS_NAME}; add it there"
                )


def services_by_accessor(path: Path) -> dict[str, set[str]]:
    """Return the services of each function in shared/aws.py, by its full name."""
    functions = parsed(path).body if path.exists() else []
    return {
        f"{ACCESSORS}.{function.name}": set(services_of(path, function))
        for function in functions
        if isinstance(function, ast.FunctionDef)
    }


def services_of(path: Path, function: ast.FunctionDef) -> Iterator[str]:
    """Yield the services that a function in shared/aws.py makes clients of."""
    for node in ast.walk(function):
        match node:
            case ast.Call(ast.Name("_client"), [ast.Constant(str(service)), *_]):
                yield service
            case ast.Call(ast.Name("_client")):
                raise BuildError(
                    f"{path}:{node.lineno}: the AWS service is not named by a literal, so the "
                    "build cannot see which data the zip must hold; write its name there"
                )


def imports(package: Path) -> Iterator[tuple[str, str]]:
    """Yield the location (file and line) and the full name of each import in a package."""
    for path in visible_files(package):
        if path.suffix == ".py" and path != package.parent / SHARED_PACKAGE / "aws.py":
            for node in ast.walk(parsed(path)):
                for line, name in imported_names(node, package.name):
                    yield f"{path}:{line}", name


def imported_names(node: ast.AST, package: str) -> Iterator[tuple[int, str]]:
    """Yield the line and the full name of each import in a statement of one of our packages."""
    match node:
        case ast.Import():
            for alias in node.names:
                # Without `as`, the package at the top is imported as a whole.
                yield node.lineno, alias.name if alias.asname else alias.name.partition(".")[0]
        case ast.ImportFrom():
            start = f"{package}." * bool(node.level) + f"{node.module}." * bool(node.module)
            for alias in node.names:
                yield node.lineno, f"{start}{alias.name}".removesuffix(".*")
        case ast.Name("__import__"):
            yield node.lineno, "__import__"


def refuse_other_ways(location: str, name: str) -> None:
    """Raise a BuildError for the import of a module that makes AWS clients, or of its package."""
    for way in OTHER_WAYS_TO_A_CLIENT:
        if f"{name}.".startswith(f"{way}.") or way.startswith(f"{name}."):
            raise BuildError(
                f"{location}: `{name}` can make AWS clients, and the build doesn't see for which "
                "services; import an accessor from shared/aws.py (in shared/: take a client as an "
                "argument), and anything else with `from … import …`"
            )


def parsed(path: Path) -> ast.Module:
    """Return the syntax tree of a source."""
    try:
        return ast.parse(path.read_bytes(), path)
    except (SyntaxError, ValueError) as error:
        raise BuildError(f"{path}: is not valid Python: {error}") from error
