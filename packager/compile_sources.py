"""Compiles Python sources to bytecode files; run as a program by the target's interpreter.

Reads from stdin a JSON list of [source, file name in tracebacks, bytecode file to write]; prints a
JSON list of the sources that do not compile. Needs the standard library alone, from 3.11 on.

The same source gives the same bytes, no matter what the process compiled before. marshal's output
depends on whether an object has other references and whether a text is interned, and so on what
else is in memory: `settled` and `held` make both constant.
"""

import importlib.util
import json
import marshal
import sys
import types
from pathlib import Path

# PEP 552: the file is valid whatever the source's time stamp or content.
UNCHECKED_HASH = (0b01).to_bytes(4, "little")

CODE_ATTRIBUTES = (
    *("co_code", "co_consts", "co_names", "co_varnames", "co_cellvars", "co_freevars"),
    *("co_filename", "co_name", "co_qualname", "co_linetable", "co_exceptiontable"),
)


def main() -> None:
    """Compile what stdin names."""
    # Texts of at most one character are shared by the whole interpreter.
    for number in range(256):
        sys.intern(chr(number))
    sys.intern("")
    failed = []
    for source, file_name, bytecode in json.load(sys.stdin):
        try:
            data = compiled(Path(source).read_bytes(), file_name)
        except (SyntaxError, ValueError, RecursionError, OverflowError):
            failed.append(source)
        else:
            Path(bytecode).write_bytes(data)
    json.dump(failed, sys.stdout)


def compiled(source: bytes, file_name: str) -> bytes:
    """Return the content of the bytecode file of a module."""
    code = compile(source, file_name, "exec", dont_inherit=True, optimize=0)
    code = settled(code, names_in(code))
    # Alive until marshal is done, so that it finds several references to everything.
    references = held(code)
    header = importlib.util.MAGIC_NUMBER + UNCHECKED_HASH + importlib.util.source_hash(source)
    data = header + marshal.dumps(code)
    references.clear()
    return data


def names_in(code: types.CodeType) -> set[str]:
    """Return the texts that the interpreter has interned because this code uses them as names."""
    names = {code.co_name, code.co_qualname, *code.co_names}
    names.update(code.co_varnames, code.co_cellvars, code.co_freevars)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            names |= names_in(constant)
    return names


def settled(code: types.CodeType, names: set[str]) -> types.CodeType:
    """Return the code with every text interned that the module uses as a name.

    Otherwise a class's `__qualname__` and the qualified name of its code are one object or two,
    depending on whether another module has interned an equal text before.
    """

    def settle(constant: object) -> object:
        if isinstance(constant, str) and constant in names:
            return sys.intern(constant)
        if isinstance(constant, tuple):
            return tuple(map(settle, constant))
        if isinstance(constant, types.CodeType):
            return settled(constant, names)
        return constant

    return code.replace(
        co_consts=tuple(map(settle, code.co_consts)),
        co_name=sys.intern(code.co_name),
        co_qualname=sys.intern(code.co_qualname),
        co_filename=sys.intern(code.co_filename),
    )


def held(code: types.CodeType) -> list[object]:
    """Return everything that marshal reaches in a code object: one more reference to each."""
    references: list[object] = [code]
    # Grows while it is walked.
    for value in references:
        if isinstance(value, types.CodeType):
            references += [getattr(value, name) for name in CODE_ATTRIBUTES]
        elif isinstance(value, (tuple, frozenset)):
            references += value
    return references


if __name__ == "__main__":
    main()
