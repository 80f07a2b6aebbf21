"""Finds the AWS services that a function's code calls, to compare them with package.toml.

A zip holds botocore's data of the declared services only, so a forgotten one would fail with
UnknownServiceError on Lambda, at the first event that needs it. Here it fails at build.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, TypeGuard

from packager.components import SHARED_PACKAGE, visible_files
from packager.errors import BuildError
from packager.settings import SETTINGS_NAME

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from packager.components import Component

# boto3.client(…), session.resource(…), botocore's session.create_client(…), and functions of ours
# with such a name that hand their first argument on.
CLIENT_MAKERS = {"client", "resource", "create_client"}

# Powertools makes these clients itself.
POWERTOOLS_UTILITIES = "aws_lambda_powertools.utilities"
SERVICES_OF_UTILITIES = {
    ("parameters", "get_parameter"): "ssm",
    ("parameters", "get_parameters"): "ssm",
    ("parameters", "get_parameters_by_name"): "ssm",
    ("parameters", "set_parameter"): "ssm",
    ("parameters", "SSMProvider"): "ssm",
    ("parameters", "get_secret"): "secretsmanager",
    ("parameters", "set_secret"): "secretsmanager",
    ("parameters", "SecretsProvider"): "secretsmanager",
    ("parameters", "get_app_config"): "appconfigdata",
    ("parameters", "AppConfigProvider"): "appconfigdata",
    ("parameters", "DynamoDBProvider"): "dynamodb",
    ("feature_flags", "AppConfigStore"): "appconfigdata",
    ("idempotency", "DynamoDBPersistenceLayer"): "dynamodb",
    ("streaming", "S3Object"): "s3",
}
UTILITIES_THAT_CALL_AWS = {utility for utility, _ in SERVICES_OF_UTILITIES}


def check_declared_services(component: Component) -> None:
    """Raise a BuildError for an AWS service that the code calls and package.toml does not name."""
    if component.is_layer:
        return
    for package in (component.folder.parent / SHARED_PACKAGE, component.folder):
        for path in visible_files(package):
            if path.suffix == ".py":
                for line, service in services_called(path):
                    if service not in component.settings.aws_services:
                        raise BuildError(
                            f"{path}:{line}: calls `{service}`, which is not among the "
                            f"`aws_services` of {component.folder / SETTINGS_NAME}; add it there"
                        )


def services_called(path: Path) -> Iterator[tuple[int, str]]:
    """Yield line and name of each AWS service that a source file makes a client for.

    Raises:
        BuildError: the file is no Python, or does not say by a literal which service it calls.
    """
    try:
        tree = ast.parse(path.read_bytes(), path)
    except (SyntaxError, ValueError) as error:
        raise BuildError(f"{path}: is not valid Python: {error}") from error
    nodes = list(ast.walk(tree))
    for node in nodes:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            refuse_whole_utility(path, node)
    imports = [node for node in nodes if isinstance(node, ast.ImportFrom)]
    makers = {alias.name for node in imports for alias in node.names} & CLIENT_MAKERS
    handed_on = {id(call) for node in nodes for call in calls_handed_on(node)}
    for statement in imports:
        yield from services_imported(path, statement)
    for node in nodes:
        if makes_client(node, makers) and id(node) not in handed_on:
            yield node.lineno, service_argument(path, node)


def refuse_whole_utility(path: Path, node: ast.Import | ast.ImportFrom) -> None:
    """Raise a BuildError where a utility is imported, and not what is used of it."""
    package = "" if isinstance(node, ast.Import) else f"{node.module}."
    prefix = f"{POWERTOOLS_UTILITIES}."
    for name in (f"{package}{alias.name}" for alias in node.names):
        utility, _, used = name.removeprefix(prefix).partition(".")
        is_whole = isinstance(node, ast.Import) or not used
        if name.startswith(prefix) and utility in UTILITIES_THAT_CALL_AWS and is_whole:
            raise BuildError(
                f"{path}:{node.lineno}: import what is used of `{utility}` by its "
                "name, so that the build can see which AWS service is called"
            )


def makes_client(node: ast.AST, imported_makers: set[str]) -> TypeGuard[ast.Call]:
    """Tell a call such as `boto3.client(…)`, or `client(…)` where that was imported."""
    if not isinstance(node, ast.Call):
        return False
    if isinstance(node.func, ast.Attribute):
        return node.func.attr in CLIENT_MAKERS
    return isinstance(node.func, ast.Name) and node.func.id in imported_makers


def calls_handed_on(node: ast.AST) -> Iterator[ast.Call]:
    """Yield the calls in a function named as a maker that pass on its own first argument.

    They make whatever client the function's callers name, and the callers are looked at.
    """
    if isinstance(node, ast.FunctionDef) and node.name in CLIENT_MAKERS and node.args.args:
        parameter = node.args.args[0].arg
        for call in ast.walk(node):
            if isinstance(call, ast.Call) and call.args:
                argument = call.args[0]
                if isinstance(argument, ast.Name) and argument.id == parameter:
                    yield call


def services_imported(path: Path, node: ast.ImportFrom) -> Iterator[tuple[int, str]]:
    """Yield the services that come with an import from Powertools.

    Raises:
        BuildError: a maker of clients is imported under another name, and so out of sight.
    """
    module = node.module or ""
    utility = module.removeprefix(f"{POWERTOOLS_UTILITIES}.").partition(".")[0]
    for alias in node.names:
        if alias.name in CLIENT_MAKERS and alias.asname not in {None, alias.name}:
            raise BuildError(
                f"{path}:{node.lineno}: import `{alias.name}` under its own name, so that the "
                "build can see which AWS service is called"
            )
        service = SERVICES_OF_UTILITIES.get((utility, alias.name))
        if service and module.startswith(POWERTOOLS_UTILITIES):
            yield node.lineno, service


def service_argument(path: Path, call: ast.Call) -> str:
    """Return the service that a client is made for; it must be written there as a literal."""
    named = [k.value for k in call.keywords if k.arg in {"service_name", "service"}]
    for argument in [*call.args[:1], *named]:
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
            return argument.value
    raise BuildError(
        f"{path}:{call.lineno}: the AWS service is not named by a literal, so the build cannot see "
        "which data the zip must hold; write its name there"
    )
