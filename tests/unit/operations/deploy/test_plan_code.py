"""The code inside a plan file: only the checkout's is applied."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from operations.deploy import plan_code
from operations.environments import Environment
from operations.errors import OperationsError
from tests.unit.operations.deploy.conftest import plan_of, zip_of

LOCK = ".terraform.lock.hcl"
MODULES = "tfconfig/modules.json"


@pytest.fixture
def code(staging: Environment) -> dict[str, bytes]:
    """The code of a plan of the checkout, whose root module calls another."""
    modules = [{"Key": "", "Dir": "."}, {"Key": "web", "Source": "./web", "Dir": "modules/web"}]
    noted = staging.data_dir / "modules" / "modules.json"
    noted.parent.mkdir(parents=True)
    noted.write_text(json.dumps({"Modules": modules}), "utf-8")
    (staging.source / "modules" / "web" / ".hidden.tf").touch()
    (staging.source / "modules" / "web" / "README.md").touch()
    return {
        "tfconfig/m-/main.tf": b"# code\n",
        "tfconfig/m-/backend.tf": b"",
        "tfconfig/m-web/main.tf": b"# code\n",
        MODULES: json.dumps(modules).encode(),
        LOCK: b"# providers\n",
    }


def test_the_checkouts_code_is_no_difference(staging: Environment, code: dict[str, bytes]) -> None:
    assert plan_code.differences(staging, zip_of({**code, "tfplan": b"changes"})) == []


@pytest.mark.parametrize(
    "name", ["tfconfig/m-/main.tf", "tfconfig/m-/backend.tf", "tfconfig/m-web/main.tf", LOCK]
)
def test_a_file_that_is_changed_or_missing(
    staging: Environment, code: dict[str, bytes], name: str
) -> None:
    changed = zip_of({**code, name: b"# other\n"})
    assert plan_code.differences(staging, changed) == [repr(name)]
    del code[name]
    assert plan_code.differences(staging, zip_of(code)) == [repr(name)]


@pytest.mark.parametrize(
    "name", ["tfconfig/m-/more.tf", "tfconfig/m-web/../x.tf", "tfconfig/m-a\x1b[2J/x.tf"]
)
def test_a_file_too_many(staging: Environment, code: dict[str, bytes], name: str) -> None:
    assert plan_code.differences(staging, zip_of({**code, name: b""})) == [ascii(name)]


def test_a_file_that_the_plan_does_not_have(staging: Environment, code: dict[str, bytes]) -> None:
    (staging.source / "modules" / "web" / "more.tf.json").write_text("{}", "utf-8")
    assert plan_code.differences(staging, zip_of(code)) == ["'tfconfig/m-web/more.tf.json'"]


def test_the_same_files_in_other_modules(staging: Environment, code: dict[str, bytes]) -> None:
    code[MODULES] = code[MODULES].replace(b"modules/web", b"modules/mail")
    assert plan_code.differences(staging, zip_of(code)) == [repr(MODULES)]


def test_only_the_first_are_named(staging: Environment, code: dict[str, bytes]) -> None:
    code |= {f"tfconfig/m-/{number}.tf": b"" for number in range(7)}
    found = plan_code.differences(staging, zip_of(code))
    assert found[0] == "'tfconfig/m-/0.tf'"
    assert found[5:] == ["and 2 more"]


def test_without_modules_there_is_the_root_module_alone(staging: Environment) -> None:
    assert plan_code.differences(staging, plan_of(staging.source)) == []


def encrypted(plan: bytes) -> bytes:
    """With the flag of the first entry's header in the directory."""
    at = plan.index(b"PK\x01\x02") + 8
    return plan[:at] + b"\1" + plan[at + 1 :]


def compressed_by_lzma(plan: bytes) -> bytes:
    """With the number of LZMA as the first entry's method, in both places."""
    at = plan.index(b"PK\x01\x02") + 10
    return plan[:8] + b"\x0e" + plan[9:at] + b"\x0e" + plan[at + 1 :]


HOSTILE: list[tuple[Callable[[bytes], bytes], str]] = [
    (lambda _plan: b"a plan", "it is no zip"),
    (lambda plan: plan + b" ", "it is no zip, or has more before or after it"),
    (lambda plan: plan[:-2] + b"\1\0 ", "it is no zip, or has more"),
    (lambda plan: plan + plan, "it is no zip, or has more"),
    (lambda plan: plan.replace(b"# code", b"# evil", 1), "the plan is a damaged file"),
    (encrypted, "the plan is a damaged file"),
    # Go keeps what follows the zero, Python does not.
    (lambda plan: plan.replace(b"main.tf", b"main\0tf"), "a file has two names"),
    (compressed_by_lzma, "a file is compressed in another way"),
    (lambda plan: plan.replace(b'"Dir": "."', b'"Dir": 1.2'), "the plan is a damaged file"),
]


@pytest.mark.parametrize(("change", "message"), HOSTILE)
def test_what_is_no_plan_is_refused(
    staging: Environment,
    code: dict[str, bytes],
    change: Callable[[bytes], bytes],
    message: str,
) -> None:
    with pytest.raises(OperationsError, match=message):
        plan_code.differences(staging, change(zip_of(code)))


@pytest.mark.parametrize(
    "modules", [b"", b"[1]", b'[{"Key": ""}]', b'[{"Key": "", "Dir": 1}]', b"\xff", None]
)
def test_modules_that_are_not_as_terraform_writes_them(
    staging: Environment, code: dict[str, bytes], modules: bytes | None
) -> None:
    if modules is None:
        del code[MODULES]
    else:
        code[MODULES] = modules
    with pytest.raises(OperationsError, match="not a file as Terraform writes it"):
        plan_code.differences(staging, zip_of(code))


def test_a_module_twice_is_refused(staging: Environment, code: dict[str, bytes]) -> None:
    code[MODULES] = json.dumps([{"Key": "", "Dir": "."}] * 2).encode()
    with pytest.raises(OperationsError, match="a module is in it twice"):
        plan_code.differences(staging, zip_of(code))


def test_a_file_twice_is_refused(
    staging: Environment, code: dict[str, bytes], tmp_path: Path
) -> None:
    file = tmp_path / "twice"
    file.write_bytes(zip_of(code))
    with (
        zipfile.ZipFile(file, "a") as archive,
        pytest.warns(UserWarning, match="Duplicate name"),
    ):
        archive.writestr("tfconfig/m-/main.tf", "# code\n")
    with pytest.raises(OperationsError, match="a file is in it twice"):
        plan_code.differences(staging, file.read_bytes())


def test_nothing_large_is_unpacked(
    staging: Environment, code: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "bomb"
    file.write_bytes(zip_of(code))
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("tfconfig/m-/zeros.tf", bytes(33 * 1024 * 1024))
    with monkeypatch.context() as patched:
        patched.setattr(zipfile.ZipFile, "read", lambda *_: pytest.fail("it was unpacked"))
        with pytest.raises(OperationsError, match="its code is too large"):
            plan_code.differences(staging, file.read_bytes())

    many = zip_of({str(number): b"" for number in range(5001)})
    with pytest.raises(OperationsError, match="it has 5001 files"):
        plan_code.differences(staging, many)
