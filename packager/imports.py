"""Finds what Python files import, so that a zip leaves out nothing that its code needs."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
    from pathlib import Path

MODULE_PATTERN = re.compile(r"(?P<path>.+?)(/__init__)?(\.py|(\.[^./]+)?\.so)")
CATCH_IMPORT_ERRORS = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}
IMPORTING_CALLS = {"import_module", "__import__"}
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


@dataclass(frozen=True)
class ImportContext:
    """Whether an import is in a function, and whether its ImportError is caught."""

    in_function: bool = False
    is_guarded: bool = False


@dataclass(frozen=True)
class Import:
    """An import: its line, every module that it may load, and its context in the file."""

    line: int
    modules: tuple[str, ...]
    context: ImportContext

    def loads(self, package: str) -> bool:
        """Return whether it loads this package or a module of it."""
        return any(name == package or name.startswith(f"{package}.") for name in self.modules)

    def is_needed(self, *, is_own: bool) -> bool:
        """Return whether its module fails without it; in our code, functions count too."""
        return not self.context.is_guarded and (is_own or not self.context.in_function)


class ImportIndex:
    """Reads and parses a file at most once in a build."""

    def __init__(self) -> None:
        self._data: dict[Path, bytes] = {}
        self._imports: dict[tuple[Path, str], tuple[Import, ...]] = {}

    def imports_naming(self, words: Collection[str], name: str, path: Path) -> tuple[Import, ...]:
        """Return a file's imports if one of these words is in the file, otherwise none."""
        if not name.endswith(".py"):
            return ()
        if path not in self._data:
            self._data[path] = path.read_bytes()
        data = self._data[path]
        if not any(has_word(data, word.encode()) for word in words):
            return ()
        if (path, name) not in self._imports:
            self._imports[path, name] = tuple(imports_in(data, name))
        return self._imports[path, name]


def has_word(data: bytes, word: bytes) -> bool:
    """Return whether a name is in a source. The first test is much faster and mostly enough."""
    return word in data and bool(re.search(rb"\b" + word + rb"\b", data))


@cache
def module_of(name: str) -> str | None:
    """Return the module of a file in a zip; None if it is not a module."""
    match = MODULE_PATTERN.fullmatch(name)
    return match["path"].replace("/", ".") if match else None


def modules_in(names: Iterable[str]) -> set[str]:
    """Return the modules of these files, and the packages around them."""
    modules: set[str] = set()
    for module in filter(None, map(module_of, names)):
        parts = module.split(".")
        modules.update(".".join(parts[:length]) for length in range(1, len(parts) + 1))
    return modules


def imports_in(source: bytes, name: str) -> Iterator[Import]:
    """Yield the imports of a source; none if it isn't Python, which other checks report."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return
    module = module_of(name) or ""
    package = module if name.endswith("/__init__.py") else module.rpartition(".")[0]
    # Statements are a tenth of a syntax tree, and few files import by a call.
    has_calls = any(call.encode() in source for call in IMPORTING_CALLS)
    children = ast.iter_child_nodes if has_calls else statements_in
    yield from imports_below(tree, package, children)


def statements_in(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the statements directly below a node, and other nodes that hold statements."""
    for block in ("body", "handlers", "orelse", "finalbody", "cases"):
        yield from getattr(node, block, ())


def imports_below(
    tree: ast.AST, package: str, children: Callable[[ast.AST], Iterable[ast.AST]]
) -> Iterator[Import]:
    """Yield the imports in a syntax tree; not by recursion, as some are a thousand levels deep."""
    to_visit = [(tree, ImportContext())]
    while to_visit:
        node, context = to_visit.pop()
        modules = imported_modules(node, package)
        if modules:
            yield Import(getattr(node, "lineno", 0), tuple(modules), context)
        guarded = guarded_children(node)
        inside = replace(context, in_function=True) if isinstance(node, FUNCTIONS) else context
        below = [
            (child, replace(inside, is_guarded=True) if child in guarded else inside)
            for child in children(node)
        ]
        # In the order of the source.
        to_visit += reversed(below)


def guarded_children(node: ast.AST) -> Iterable[ast.AST]:
    """Return the statements that don't run on Lambda, or whose ImportError is caught."""
    if isinstance(node, ast.Try):
        handlers = [handler.type for handler in node.handlers]
        return node.body if any(map(catches_import_errors, handlers)) else ()
    if isinstance(node, ast.With):
        calls = [item.context_expr for item in node.items]
        caught = [one for call in calls if isinstance(call, ast.Call) for one in call.args]
        return node.body if any(map(catches_import_errors, caught)) else ()
    if isinstance(node, ast.If) and is_never_true(node.test):
        return node.body
    return ()


def catches_import_errors(handler: ast.expr | None) -> bool:
    """Return whether `except handler:` catches an ImportError."""
    if handler is None:
        return True
    if isinstance(handler, ast.Tuple):
        return any(map(catches_import_errors, handler.elts))
    return last_name(handler) in CATCH_IMPORT_ERRORS


def is_never_true(test: ast.expr) -> bool:
    """Return whether it is a test for type checkers, for `__main__` or for another system."""
    if isinstance(test, ast.Compare):
        value = test.comparators[0]
        return (
            last_name(test.left) in {"__name__", "platform", "name"}
            and isinstance(test.ops[0], ast.Eq)
            and isinstance(value, ast.Constant)
            and value.value in {"__main__", "win32", "nt", "darwin", "cygwin"}
        )
    return last_name(test) == "TYPE_CHECKING"


def last_name(node: ast.expr) -> str:
    """Return `c` for `c`, `b.c` and `a.b.c`, otherwise an empty text."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def imported_modules(node: ast.AST, package: str) -> list[str]:
    """Return every module that a statement or a call may load, with the packages around it."""
    if isinstance(node, ast.Import):
        return [part for alias in node.names for part in chain(alias.name)]
    if isinstance(node, ast.ImportFrom):
        base = absolute("." * node.level + (node.module or ""), package)
        # An imported name may be a module.
        return [*chain(base), *(f"{base}.{alias.name}" for alias in node.names)] if base else []
    if isinstance(node, ast.Call) and last_name(node.func) in IMPORTING_CALLS and node.args:
        name = node.args[0]
        if isinstance(name, ast.Constant) and isinstance(name.value, str):
            return chain(absolute(name.value, package))
    return []


def absolute(name: str, package: str) -> str:
    """Return a module's whole name; `..x` is relative to the package."""
    level = len(name) - len(name.lstrip("."))
    if not level:
        return name
    parents = package.split(".")[: len(package.split(".")) - level + 1]
    return ".".join([*parents, *filter(None, [name[level:]])])


def chain(name: str) -> list[str]:
    """Return `a`, `a.b` and `a.b.c` for `a.b.c`."""
    parts = name.split(".")
    return [".".join(parts[:length]) for length in range(1, len(parts) + 1)]


def outermost(modules: Iterable[str]) -> set[str]:
    """Return the modules that are not inside another one of them."""
    all_of_them = set(modules)
    return {name for name in all_of_them if not all_of_them.intersection(chain(name)[:-1])}


def last_parts(modules: Iterable[str]) -> set[str]:
    """Return the last part of each name: a file that imports one of them has it in it."""
    return {module.rpartition(".")[2] for module in modules}


def is_loaded(
    index: ImportIndex, name: str, contents: Mapping[str, Path], own: Mapping[str, Path]
) -> bool:
    """Return whether our code loads a file, directly or through other files."""
    to_visit, seen = [name], {name}
    while to_visit:
        current = to_visit.pop()
        if current in own:
            return True
        for importer in importers(index, current, contents, own):
            if importer not in seen:
                seen.add(importer)
                to_visit.append(importer)
    return False


def importers(
    index: ImportIndex, name: str, contents: Mapping[str, Path], own: Mapping[str, Path]
) -> Iterator[str]:
    """Yield the file of each import that needs this file's module."""
    module = module_of(name) or ""
    for other, path in contents.items():
        for one in index.imports_naming([module.rpartition(".")[2]], other, path):
            if module in one.modules and one.is_needed(is_own=other in own):
                yield other
