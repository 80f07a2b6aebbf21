"""A zip leaves out nothing that its code imports."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import build
from packager.imports import imports_in
from tests.unit.packager.project import FakeWheels, write

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

from tests.unit.packager.test_zips import names_in

TESTS = {"six/tests/__init__.py": b"", "six/tests/tools.py": b"", "six/tests/data.json": b"{}"}


@pytest.mark.parametrize(
    ("name", "source", "modules"),
    [
        ("a/b.py", "import x.y", {"x", "x.y"}),
        ("a/b.py", "from x.y import z", {"x", "x.y", "x.y.z"}),
        ("a/b.py", "from . import c", {"a", "a.c"}),
        ("a/b.py", "from .c import d", {"a", "a.c", "a.c.d"}),
        ("a/b/__init__.py", "from .c import d", {"a", "a.b", "a.b.c", "a.b.c.d"}),
        ("a/b/c.py", "from ..d import e", {"a", "a.d", "a.d.e"}),
        ("a/b.py", "import importlib; importlib.import_module('x.y')", {"importlib", "x", "x.y"}),
        ("a/b.py", "import_module('.c', package=__package__)", {"a", "a.c"}),
        ("a/b.py", "__import__('x')", {"x"}),
        ("a/b.py", "import_module(name)", set()),
        ("a/b.py", "match 1:\n  case 1:\n    import x", {"x"}),
        ("a/b.py", "def f(:", set()),
    ],
)
def test_modules_that_a_source_imports(name: str, source: str, modules: set[str]) -> None:
    found = imports_in(source.encode(), name)
    assert {module for one in found for module in one.modules} == modules


@pytest.mark.parametrize(
    "deep",
    [
        "if x == 0:\n  pass\n" + "".join(f"elif x == {i}:\n  pass\n" for i in range(1, 1500)),
        "import_module\nx = " + " + ".join(["y"] * 900),
    ],
    ids=["elif", "sum"],
)
def test_imports_of_a_source_with_a_deep_syntax_tree(deep: str) -> None:
    found = imports_in(f"{deep}\nimport a\nimport b".encode(), "c.py")
    assert [one.modules for one in found] == [("a",), ("b",)]


@pytest.mark.parametrize(
    ("source", "is_needed"),
    [
        ("import x", True),
        ("class A:\n  import x", True),
        ("if True:\n  import x", True),
        ("import sys\nif sys.platform == 'linux':\n  import x", True),
        ("for _ in ():\n  import x", True),
        ("try:\n  import x\nfinally:\n  pass", True),
        ("try:\n  import x\nexcept KeyError:\n  pass", True),
        ("try:\n  pass\nexcept ImportError:\n  import x", True),
        ("if TYPE_CHECKING:\n  pass\nelse:\n  import x", True),
        ("with open('a'):\n  import x", True),
        ("try:\n  import x\nexcept ImportError:\n  pass", False),
        ("try:\n  import x\nexcept:\n  pass", False),
        ("try:\n  import x\nexcept (KeyError, builtins.ModuleNotFoundError):\n  pass", False),
        ("try:\n  if 1:\n    import x\nexcept Exception:\n  pass", False),
        ("with contextlib.suppress(ImportError):\n  import x", False),
        ("if typing.TYPE_CHECKING:\n  import x", False),
        ("if __name__ == '__main__':\n  import x", False),
        ("if sys.platform == 'win32':\n  import x", False),
        ("if os.name == 'nt':\n  import x", False),
    ],
)
def test_imports_that_may_not_fail(source: str, *, is_needed: bool) -> None:
    (found,) = (one for one in imports_in(source.encode(), "a.py") if "x" in one.modules)
    assert found.is_needed(is_own=False) is found.is_needed(is_own=True) is is_needed


def test_import_in_a_function_may_fail_in_a_package_but_not_in_our_code() -> None:
    (found,) = imports_in(b"async def f():\n  import x", "a.py")
    assert not found.is_needed(is_own=False)
    assert found.is_needed(is_own=True)


@pytest.mark.parametrize(
    ("importer", "source"),
    [
        ("six/testing.py", b"from six.tests import tools"),
        ("six/testing.py", b"from . import tests"),
        ("six/testing.py", b"def check():\n    from .tests.tools import x"),
        ("boto3/x.py", b"import importlib\nimportlib.import_module('six.tests.tools')"),
    ],
)
def test_tests_stay_where_something_imports_them(
    root: Path, run: Callable[..., str], wheels: FakeWheels, importer: str, source: bytes
) -> None:
    wheels.extra_files = {**TESTS, "boto3/tests/x.py": b"", importer: source}
    run()
    names = set(names_in(root / "build" / "greet.zip"))
    assert names.issuperset(TESTS)
    assert "boto3/tests/x.py" not in names


def test_tests_stay_where_our_code_imports_them(
    root: Path, run: Callable[..., str], wheels: FakeWheels
) -> None:
    wheels.extra_files = TESTS
    write(root / "lambdas" / "greet" / "x.py", b"def f():\n    import six.tests.tools\n")
    run()
    assert set(names_in(root / "build" / "greet.zip")).issuperset(TESTS)
    assert set(names_in(root / "build" / "count.zip")).isdisjoint(TESTS)


def test_tests_that_needed_tests_import_stay_too(
    root: Path, run: Callable[..., str], wheels: FakeWheels
) -> None:
    wheels.extra_files = {
        "six/testing.py": b"import six.a.tests",
        "six/a/tests/__init__.py": b"from six.b import tests",
        "six/b/tests/__init__.py": b"",
        "six/c/tests/__init__.py": b"import six.a.tests",
    }
    run()
    names = set(names_in(root / "build" / "greet.zip"))
    assert {"six/a/tests/__init__.py", "six/b/tests/__init__.py"} < names
    assert "six/c/tests/__init__.py" not in names


def test_what_is_left_out_can_be_kept(
    root: Path, run: Callable[..., str], wheels: FakeWheels
) -> None:
    wheels.extra_files = {**TESTS, "six/a.pyi": b"", "six/b.pyi": b"", "six/c/d.py": b""}
    settings = b'keep = ["six/tests/*", "six/a.pyi", "six/c/d.py"]\nremove = ["six/c/*"]\n'
    write(root / "lambdas" / "greet" / "package.toml", settings)
    run()
    names = set(names_in(root / "build" / "greet.zip"))
    assert names.issuperset({*TESTS, "six/a.pyi", "six/c/d.py"})
    assert "six/b.pyi" not in names


def test_pattern_to_keep_that_matches_nothing(root: Path, fail: Callable[..., str]) -> None:
    write(root / "lambdas" / "greet" / "package.toml", b'keep = ["six/tests/*"]\n')
    assert "greet/package.toml: `six/tests/*` in `keep` matches no file" in fail()


REMOVED = {"six/gone/__init__.py": b"", "six/gone/x.py": b"", "six/stays.py": b""}


@pytest.fixture
def removed(root: Path, wheels: FakeWheels) -> dict[str, bytes]:
    """Files of the packages, of which `six.gone` is left out of greet's zip."""
    wheels.extra_files = dict(REMOVED)
    write(root / "lambdas" / "greet" / "package.toml", b'remove = ["six/gone/*"]\n')
    return wheels.extra_files


@pytest.mark.parametrize(
    "source",
    [b"import six.gone", b"def f():\n    from six.gone import x", b"from six import gone"],
)
def test_our_code_must_not_import_what_is_left_out(
    root: Path, fail: Callable[..., str], removed: dict[str, bytes], source: bytes
) -> None:
    assert removed
    path = root / "lambdas" / "greet" / "x.py"
    write(path, b"import six\n" + source)
    line = 2 + source.count(b"\n")
    error = fail()
    assert f"greet/package.toml: {path}:{line} imports `six.gone" in error
    assert "take its files out of `remove` or add them to `keep`" in error


def test_our_code_may_be_prepared_for_what_is_left_out(
    root: Path, run: Callable[..., str], removed: dict[str, bytes]
) -> None:
    assert removed
    source = b"try:\n    import six.gone\nexcept ImportError:\n    six = None\n"
    write(root / "lambdas" / "greet" / "x.py", source)
    run()


@pytest.mark.parametrize("files", [{"six/stays.py": b"from .middle import x"}, {}])
def test_package_that_our_code_loads_must_not_import_what_is_left_out(
    root: Path, fail: Callable[..., str], removed: dict[str, bytes], files: dict[str, bytes]
) -> None:
    removed |= files | {"six/middle.py": b"\nfrom .gone import x\n"}
    module = b"stays" if files else b"middle"
    write(root / "lambdas" / "greet" / "x.py", b"def f():\n    import six." + module)
    error = fail()
    assert "greet/package.toml: six/middle.py:2 imports `six.gone`, which is left out" in error
    assert "if nothing needs `six/middle.py` itself, add that to `remove`" in error


@pytest.mark.parametrize(
    "files",
    [
        {"six/middle.py": b"from .gone import x"},
        {"six/middle.py": b"from .gone import x", "six/other.py": b"import six.middle"},
        {"six/stays.py": b"def f():\n    import six.gone"},
        {"six/stays.py": b"try:\n    import six.gone\nexcept ImportError:\n    pass"},
        {
            "six/stays.py": b"try:\n    import six.middle\nexcept ImportError:\n    pass",
            "six/middle.py": b"import six.gone",
        },
    ],
    ids=["not loaded", "only by what is not loaded", "function", "guarded", "guarded above"],
)
def test_package_may_miss_what_is_not_loaded(
    root: Path, run: Callable[..., str], removed: dict[str, bytes], files: dict[str, bytes]
) -> None:
    removed |= files
    write(root / "lambdas" / "greet" / "x.py", b"import six.stays\n")
    run()


def test_every_module_of_a_layer_may_be_loaded(
    root: Path, wheels: FakeWheels, capsys: pytest.CaptureFixture[str]
) -> None:
    wheels.extra_files = {"pillow/gone.py": b"", "pillow/x.py": b"from pillow import gone\n"}
    settings = root / "layers" / "pictures" / "package.toml"
    write(settings, b'remove = ["pillow/gone.py"]\n')
    assert build.main(["--target", "host"], root=root, wheels=wheels) == 1
    assert f"{settings}: pillow/x.py:1 imports `pillow.gone`" in capsys.readouterr().err
    write(settings, b'remove = ["pillow/gone.py", "pillow/x.py"]\n')
    assert build.main(["--target", "host"], root=root, wheels=wheels) == 0


def test_compiled_module_that_is_left_out_is_one_too(
    root: Path, fail: Callable[..., str], wheels: FakeWheels
) -> None:
    library = b"\x7fELF\x02\x01" + bytes(12) + (183).to_bytes(2, "little")
    wheels.extra_files = {"six/_fast.abi3.so": library, "six/x.py": b"from six import _fast\n"}
    write(root / "lambdas" / "greet" / "package.toml", b'remove = ["six/_fast*"]\n')
    write(root / "lambdas" / "greet" / "x.py", b"import six.x\n")
    assert "six/x.py:1 imports `six._fast`" in fail()
