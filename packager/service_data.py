"""Cuts botocore's service data to what a function can call: parsing it takes most of a client.

A model describes all operations of a service, and endpoints.json all services. Each word of a zip's
sources counts as a call of the operation with that name, so too much is kept and not too little.
docs/adr/0043-service-data-cut-to-the-calls.md
"""

from __future__ import annotations

import gzip
import json
import re
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

from packager.errors import BuildError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from pathlib import Path

    from packager.contents import Contents

ENDPOINTS = "botocore/data/endpoints.json"
MODEL = re.compile(r"botocore/data/[^/]+/[^/]+/service-2\.json(\.gz)?")
WORD = re.compile("[a-z0-9]+")

Json = dict[str, Any]


class SourceWords:
    """Finds the words of sources; reads each file once in a build."""

    def __init__(self) -> None:
        self._words: dict[Path, frozenset[str]] = {}

    def of(self, contents: Contents) -> frozenset[str]:
        """Return all words in the Python files among these, as `plain` has them."""
        sources = [path for name, path in contents.items() if name.endswith(".py")]
        return frozenset().union(*map(self._in_file, sources))

    def _in_file(self, path: Path) -> frozenset[str]:
        if path not in self._words:
            # Names in Python are ASCII where botocore's are.
            source = path.read_bytes().decode("ascii", "replace")
            self._words[path] = frozenset(WORD.findall(plain(source)))
        return self._words[path]


def plain(name: str) -> str:
    """Return a name as it is compared: the operation PutObject is called as `put_object`."""
    return name.lower().replace("_", "")


def cut_service_data(
    contents: Contents, names: Collection[str], words: SourceWords, folder: Path
) -> Contents:
    """Replace botocore's models and endpoints.json by what the sources need of them.

    Args:
        contents: The files of a zip.
        names: Those of them that may be cut.
        words: Finds the words of the sources among them.
        folder: A new folder for the files that are made.

    Raises:
        BuildError: A file of botocore has not the form that is known here.
    """
    models = {name: read(name, contents[name]) for name in contents if MODEL.fullmatch(name)}
    if not models:
        return contents
    cut: dict[str, Json] = {}
    used = words.of(contents)
    for name in models.keys() & names:
        with known_form(name):
            operations = used_operations(models[name], waiters_of(name, contents), used)
            cut[name] = cut_model(models[name], operations)
    if ENDPOINTS in names:
        with known_form(ENDPOINTS):
            prefixes = {model["metadata"]["endpointPrefix"] for model in models.values()}
            cut[ENDPOINTS] = cut_endpoints(read(ENDPOINTS, contents[ENDPOINTS]), prefixes)
    untouched = {name: path for name, path in contents.items() if name not in cut}
    # Not compressed, as zlib's bytes differ between machines. botocore reads both.
    values = {name.removesuffix(".gz"): value for name, value in cut.items()}
    return untouched | {name: written(folder / name, value) for name, value in values.items()}


def waiters_of(model: str, contents: Contents) -> Json:
    """Return what the file beside a model says of waiters."""
    name = f"{model.rpartition('/')[0]}/waiters-2.json"
    waiters: Json = read(name, contents[name])["waiters"] if name in contents else {}
    return waiters


def used_operations(model: Json, waiters: Json, words: Collection[str]) -> set[str]:
    """Return the operations that the sources name, themselves or by a waiter."""
    waited_for = {one["operation"] for name, one in waiters.items() if plain(name) in words}
    return {
        name
        for name, operation in model["operations"].items()
        # botocore looks at all operations for the one that discovers endpoints.
        if plain(name) in words or name in waited_for or operation.get("endpointoperation")
    }


def cut_model(model: Json, operations: Collection[str]) -> Json:
    """Return a service's model with these operations, and with all of its errors."""
    kept = {name: one for name, one in model["operations"].items() if name in operations}
    shapes = model["shapes"]
    # Any operation may fail with any of them.
    errors = [name for name, shape in shapes.items() if shape.get("exception")]
    needed = reached(shapes, [*shapes_in(kept), *errors])
    kept_shapes = {name: shape for name, shape in shapes.items() if name in needed}
    return {**model, "operations": undocumented(kept), "shapes": undocumented(kept_shapes)}


def reached(shapes: Json, names: Iterable[str]) -> set[str]:
    """Return these shapes and all that they refer to."""
    found: set[str] = set()
    to_visit = list(names)
    while to_visit:
        name = to_visit.pop()
        if name not in found:
            found.add(name)
            to_visit += shapes_in(shapes[name])
    return found


def shapes_in(node: object) -> Iterator[str]:
    """Yield the name of each shape that a part of a model refers to."""
    if isinstance(node, dict):
        # A member may have the name "shape" too; its value is no text.
        if isinstance(node.get("shape"), str):
            yield node["shape"]
        node = list(node.values())
    if isinstance(node, list):
        for value in node:
            yield from shapes_in(value)


def undocumented(node: Any) -> Any:  # noqa: ANN401 - any JSON
    """Return a part of a model without its texts for people."""
    if isinstance(node, dict):
        return {
            key: undocumented(value)
            for key, value in node.items()
            # A member may have this name too; its value is no text.
            if not (key == "documentation" and isinstance(value, str))
        }
    return [undocumented(value) for value in node] if isinstance(node, list) else node


def cut_endpoints(endpoints: Json, prefixes: Collection[str]) -> Json:
    """Return endpoints.json with the services of these endpoint prefixes, in every partition."""
    partitions = []
    for partition in endpoints["partitions"]:
        services = {name: one for name, one in partition["services"].items() if name in prefixes}
        partitions.append({**partition, "services": services})
    return {**endpoints, "partitions": partitions}


@cache
def read(name: str, path: Path) -> Json:
    """Read a file of botocore's data, once for all functions; nobody may change the result."""
    data = path.read_bytes()
    with known_form(name):
        value: Json = json.loads(gzip.decompress(data) if name.endswith(".gz") else data)
    return value


def written(path: Path, value: Json) -> Path:
    """Write a file of botocore's data, with the same bytes on every machine."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, separators=(",", ":")), encoding="ascii")
    return path


@contextmanager
def known_form(name: str) -> Iterator[None]:
    """Raise a BuildError where a file of botocore's data has another form than is known here."""
    try:
        yield
    except (OSError, EOFError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise BuildError(
            f"{name}: the locked botocore's file has not the form that packager/service_data.py "
            f"knows ({error!r}); name it in `keep` in package.toml, or lock another botocore"
        ) from error
