"""Makes the tables of a module's inputs and outputs from its variables.tf and outputs.tf."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import hcl2

from tooling.module_docs import types

_OPTIONS = hcl2.SerializationOptions(with_comments=False)
_VARIABLE = re.compile(r'variable "(\w+)" \{')
# An attribute of an object type begins like this in the layout of `terraform fmt`.
_ATTRIBUTE = re.compile(r"(\w+)\s*=\s*(.*)")

INPUTS = ("name", "type", "description", "default", "required")
OUTPUTS = ("name", "description")


def tables(module: Path) -> str:
    """Both tables, in the order of the files."""
    inputs = _table(INPUTS, _inputs(module / "variables.tf"))
    outputs = _table(OUTPUTS, _outputs(module / "outputs.tf"))
    return _linked(f"## Inputs\n\n{inputs}\n\n## Outputs\n\n{outputs}\n", module)


def _linked(text: str, module: Path) -> str:
    """The root module names the modules that describe the attributes of a group: link to them."""
    for name in (file.parent.name for file in module.glob("modules/*/variables.tf")):
        text = re.sub(rf"\bmodules/{name}\b", f"[{name}](modules/{name}/README.md)", text)
    return text


def _inputs(file: Path) -> Iterator[Sequence[str]]:
    comments = attribute_comments(file.read_text(encoding="utf-8"))
    for name, body in _blocks(file, "variable"):
        type_text = _expression(body["type"])
        default = _code(_value(body["default"])) if "default" in body else ""
        yield (
            _code(name),
            _code(types.short_name(type_text)),
            _text(body["description"]),
            default,
            "" if default else "yes",
        )
        for attribute in types.attributes(type_text, name):
            yield (
                _code(attribute.name),
                _code(attribute.type_name),
                comments.get(attribute.name, ""),
                _code(attribute.default) if attribute.default is not None else "",
                "" if attribute.default is not None else "yes",
            )


def _outputs(file: Path) -> Iterator[Sequence[str]]:
    for name, body in _blocks(file, "output"):
        yield _code(name), _text(body["description"])


def _blocks(file: Path, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    parsed = hcl2.loads(file.read_text(encoding="utf-8"), serialization_options=_OPTIONS)
    for block in parsed.get(kind, []):
        for label, body in block.items():
            if label != "__is_block__":
                yield str(json.loads(label)), body


def attribute_comments(text: str) -> dict[str, str]:
    """The comments above attributes of object types, by the attribute's dotted name.

    python-hcl2 reads the attributes without their comments, so this reads the lines.
    """
    comments: dict[str, str] = {}
    path: list[str] = []
    above: list[str] = []
    for line in map(str.strip, text.splitlines()):
        if found := _VARIABLE.match(line):
            path = [found[1]]
        if line.startswith("#"):
            above.append(line.lstrip("# "))
            continue
        _follow(line, path, " ".join(above), comments)
        above = []
    return comments


def _follow(line: str, path: list[str], comment: str, comments: dict[str, str]) -> None:
    """Step into or out of an object type; note the comment of the attribute in this line."""
    found = _ATTRIBUTE.match(line)
    if found and found[1] != "type" and len(path) > 1:
        comments[".".join([*_without_type(path), found[1]])] = comment
    if found and line.endswith("object({"):
        path.append(found[1])
        path.extend("*" for _ in re.findall(r"(?:list|set|map)\(object", line))
    elif line.startswith("})"):
        _leave(path)


def _without_type(path: Sequence[str]) -> list[str]:
    return [path[0], *path[2:]]


def _leave(path: list[str]) -> None:
    while path and path.pop() == "*":
        pass


def _expression(value: str) -> str:
    return value.removeprefix("${").removesuffix("}") if value.startswith("${") else value


def _value(value: object) -> str:
    """A default as Terraform's own language writes it."""
    match value:
        case None | bool():
            return json.dumps(value)
        case dict():
            entries = ", ".join(f"{key} = {_value(entry)}" for key, entry in value.items())
            return f"{{ {entries} }}" if entries else "{}"
        case list():
            return f"[{', '.join(map(_value, value))}]"
        case _:
            return _expression(str(value))


def _text(quoted: str) -> str:
    """A description, without the quotes and escapes of Terraform's language."""
    text = str(json.loads(quoted)).replace("$${", "${").replace("%%{", "%{")
    # An address is an example, and no link.
    return _cell(re.sub(r"(?<!`)https?://[^\s\"]*[\w/]", r"`\g<0>`", text))


def _code(text: str) -> str:
    return f"`{_cell(text)}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(re.sub(" +", " ", f"| {' | '.join(line)} |") for line in lines)
