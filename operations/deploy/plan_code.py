"""The Terraform code inside a plan file, which `terraform apply` runs instead of the checkout's.

A plan file is a zip: internal/plans/planfile in Terraform's source. Of the code it has what
Terraform parses. Templates and the like are read from the checkout.

    tfconfig/modules.json        the folder of each module, by its key: `web_api.function`
    tfconfig/m-<key>/<file>      its files
    .terraform.lock.hcl          the providers
"""

import io
import json
import os
import struct
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

from operations.environments import Environment
from operations.errors import OperationsError

LOCK_FILE = ".terraform.lock.hcl"
_TOP = "tfconfig/"
_MODULES = f"{_TOP}modules.json"
_CODE = (".tf", ".tf.json")
# Many times what this project's code needs.
_MOST_FILES = 5_000
_MOST_BYTES = 32 * 1024 * 1024
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_END = struct.Struct("<4s4H2LH")
_END_SIGNATURE = b"PK\x05\x06"
_LINES_SHOWN = 5


def differences(environment: Environment, plan: bytes) -> list[str]:
    """What of a plan's code is not as in the checkout; after `terraform init`.

    Raises:
        OperationsError: The file is not as Terraform writes a plan.
    """
    modules = _modules(environment)
    here = _code_of(environment.source, modules)
    try:
        inside = _read(plan)
        modules_inside = _folders(json.loads(inside.pop(_MODULES)))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise OperationsError(
            f"the plan is not a file as Terraform writes it, and is not applied: {error}"
        ) from None
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError):
        raise OperationsError("the plan is a damaged file, and is not applied") from None
    names = [name for name in sorted(here | inside) if here.get(name) != inside.get(name)]
    if modules_inside != modules:
        names.insert(0, _MODULES)
    more = [f"and {len(names) - _LINES_SHOWN} more"] if len(names) > _LINES_SHOWN else []
    return [*map(ascii, names[:_LINES_SHOWN]), *more]


def _modules(environment: Environment) -> dict[str, str]:
    """The folder of each module, as `terraform init` noted it."""
    try:
        text = (environment.data_dir / "modules" / "modules.json").read_text("utf-8")
    except FileNotFoundError:
        # The root module calls none.
        return {"": "."}
    return _folders(json.loads(text)["Modules"])


def _folders(modules: list[Mapping[str, str]]) -> dict[str, str]:
    found = {str(module["Key"]): os.path.normpath(module["Dir"]) for module in modules}
    if len(found) != len(modules):
        raise ValueError("a module is in it twice")
    return found


def _code_of(source: Path, modules: Mapping[str, str]) -> dict[str, bytes]:
    """What a plan of this code has, by name."""
    found = {
        f"{_TOP}m-{key}/{file.name}": file.read_bytes()
        for key, folder in modules.items()
        for file in (source / folder).iterdir()
        # Terraform ignores hidden files.
        if file.name.endswith(_CODE) and not file.name.startswith(".")
    }
    return found | {LOCK_FILE: (source / LOCK_FILE).read_bytes()}


def _read(plan: bytes) -> dict[str, bytes]:
    """The code in a plan.

    Raises:
        ValueError: Terraform writes no such zip.
        zipfile.BadZipFile: It is damaged.
    """
    _check_end(plan)
    with zipfile.ZipFile(io.BytesIO(plan)) as archive:
        entries = archive.infolist()
        if len(entries) > _MOST_FILES:
            raise ValueError(f"it has {len(entries)} files")
        if len({entry.filename for entry in entries}) != len(entries):
            raise ValueError("a file is in it twice")
        # Python ends a name at a zero, Go does not.
        if any(entry.filename != entry.orig_filename for entry in entries):
            raise ValueError("a file has two names")
        code = [entry for entry in entries if entry.filename.startswith((_TOP, LOCK_FILE))]
        if any(entry.compress_type not in _METHODS for entry in code):
            raise ValueError("a file is compressed in another way")
        # No more than this is unpacked of an entry.
        if sum(entry.file_size for entry in code) > _MOST_BYTES:
            raise ValueError("its code is too large")
        return {entry.filename: archive.read(entry) for entry in code}


def _check_end(plan: bytes) -> None:
    """Refuse what two programs could read as two zips, such as one behind another.

    Raises:
        ValueError: The directory is not the one zip's, or its end has more than it needs.
    """
    if len(plan) < _END.size:
        raise ValueError("it is no zip")
    signature, _, _, _, _, size, offset, comment = _END.unpack(plan[-_END.size :])
    if signature != _END_SIGNATURE or comment or offset + size + _END.size != len(plan):
        raise ValueError("it is no zip, or has more before or after it")
