"""What sources import: why a folder of tests stays, and where a zip lacks what its code needs.

Read from the syntax tree; nothing is imported. An import by a computed name is not seen.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

MODULE_PATTERN = re.compile(r"(?P<path>[^.]+)(\.py|(\.[^/]*)?\.so)")
# With these an import may fail and the module goes on.
IMPORT_ERRORS = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}


@dataclass(frozen=True)
class Imported:
    """An import: the module that it names, its line, and whether its failing ends the module.

    `is_needed` is false within a function, under TYPE_CHECKING, and where a failure is caught.
    """

    module: str
    line: int
    is_needed: bool
    is_caught: bool


def module_of(name: str) -> str:
    """Return the module that a file of a zip is, or an empty text: `a/b/__init__.py` is `a.b`."""
    match = MODULE_PATTERN.fullmatch(name)
    return match["path"].removesuffix("/__init__").replace("/", ".") if match else ""


@cache
def imports_of(path: Path, name: str) -> tuple[Imported, ...]:
    """Return what a source imports; nothing where it is no Python of this version.

    Args:
        path: of the source.
        name: its place in the zip, which relative imports start from.
    """
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError):
        return ()
    package = PurePosixPath(name).parent.as_posix().replace("/", ".").strip(".")
    return tuple(imports_in(tree.body, package, is_needed=True, is_caught=False))


def imports_in(
    statements: Iterable[ast.AST], package: str, *, is_needed: bool, is_caught: bool
) -> Iterator[Imported]:
    """Yield the imports in statements and all that they hold."""
    for node in statements:
        for module in modules_named(node, package):
            yield Imported(module, getattr(node, "lineno", 0), is_needed, is_caught)
        runs = is_needed and not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        guarded = guarded_children(node)
        for child in ast.iter_child_nodes(node):
            is_guarded = child in guarded
            yield from imports_in(
                [child],
                package,
                is_needed=runs and not is_guarded,
                is_caught=is_caught or is_guarded,
            )


def modules_named(node: ast.AST, package: str) -> Iterator[str]:
    """Yield the modules that a statement or a call imports, and what may be a module of one."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        module = absolute(node.module or "", node.level, package)
        yield module
        yield from (f"{module}.{alias.name}" for alias in node.names)
    elif isinstance(node, ast.Call) and is_import_call(node.func) and node.args:
        argument = node.args[0]
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
            dots = len(argument.value) - len(argument.value.lstrip("."))
            yield absolute(argument.value.lstrip("."), dots, package)


def is_import_call(function: ast.expr) -> bool:
    """Tell `importlib.import_module`, `import_module` and `__import__`."""
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    return name in {"import_module", "__import__"}


def absolute(module: str, level: int, package: str) -> str:
    """Return the full name of a module that is imported with `level` dots in a package."""
    if not level:
        return module
    parts = package.split(".")
    kept = parts[: len(parts) - level + 1]
    return ".".join([*kept, module] if module else kept)


def guarded_children(node: ast.AST) -> Collection[ast.AST]:
    """Return the parts of a statement in which an import may fail, or is not run at all."""
    if isinstance(node, ast.Try) and any(map(catches_import_errors, node.handlers)):
        return node.body
    if isinstance(node, ast.With) and any(map(suppresses, node.items)):
        return node.body
    if isinstance(node, ast.If) and named(node.test) == "TYPE_CHECKING":
        return node.body
    return ()


def catches_import_errors(handler: ast.ExceptHandler) -> bool:
    """Tell an `except` that takes an ImportError."""
    if handler.type is None:
        return True
    types = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(named(kind) in IMPORT_ERRORS for kind in types)


def suppresses(item: ast.withitem) -> bool:
    """Tell `contextlib.suppress(ImportError)`."""
    call = item.context_expr
    return isinstance(call, ast.Call) and any(named(kind) in IMPORT_ERRORS for kind in call.args)


def named(node: ast.expr) -> str:
    """Return the last part of a dotted name."""
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def words_pattern(modules: Iterable[str]) -> re.Pattern[bytes] | None:
    """Return what the text of every source matches that imports one of these modules."""
    words = {re.escape(module.rpartition(".")[2]).encode() for module in modules}
    return re.compile(rb"\b(" + b"|".join(sorted(words)) + rb")\b") if words else None


def importers(
    contents: Mapping[str, Path], modules: Collection[str]
) -> Iterator[tuple[str, Imported]]:
    """Yield the imports of any of these modules, each with the file that it stands in."""
    pattern = words_pattern(modules)
    if pattern is None:
        return
    for name, path in contents.items():
        # Most sources name none of them, and reading is faster than parsing.
        if name.endswith(".py") and pattern.search(path.read_bytes()):
            for imported in imports_of(path, name):
                if imported.module in modules:
                    yield name, imported
