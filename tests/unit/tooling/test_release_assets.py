"""The files of a release, from a fake build."""

import hashlib
import json
from importlib.resources import files
from itertools import count
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from tooling.release import assets, sbom
from tooling.release.__main__ import main
from tooling.release.errors import ReleaseError

SIX, CFFI = "0" * 64, "1" * 64
FUNCTION_LOCK = (
    f"cffi==2.1.1 ; python_version >= '3.9' \\\n"
    f"    --hash=sha256:{CFFI} \\\n    --hash=sha256:{SIX}\n"
    f"six==1.17.0 --hash=sha256:{SIX}\n"
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, lock in {
        "lambdas/send": FUNCTION_LOCK,
        "layers/pillow": f"pillow==13.0.0 --hash=sha256:{'2' * 64}\n",
    }.items():
        folder = tmp_path / "repository" / name
        folder.mkdir(parents=True)
        (folder / "requirements.txt").write_text(lock, encoding="utf-8")
    return tmp_path / "repository"


def entry(output: Path, name: str, content: str) -> dict[str, str]:
    (output / f"{name}.zip").write_text(content, encoding="utf-8")
    return {"file": f"{name}.zip", "sha256": hashlib.sha256(content.encode()).hexdigest()}


def build(_root: Path, architecture: str, output: Path) -> None:
    """Makes the parts of build.py's output that matter here."""
    output.mkdir()
    manifest = {
        "target": {"architecture": architecture},
        "functions": {"send": entry(output, "send", f"send for {architecture}")},
        "layers": {"pillow": entry(output, "pillow", f"pillow for {architecture}")},
    }
    (output / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


@pytest.fixture
def made(root: Path, tmp_path: Path) -> Path:
    assets.make(root, "1.0.0", tmp_path / "release", build)
    return tmp_path / "release"


def test_each_architecture_has_its_zips_and_a_manifest(made: Path) -> None:
    assert {path.name for path in made.iterdir()} == {
        *("send-arm64.zip", "pillow-arm64.zip", "manifest-arm64.json"),
        *("send-x86_64.zip", "pillow-x86_64.zip", "manifest-x86_64.json"),
        *("sbom.cdx.json", "SHA256SUMS"),
    }
    assert (made / "send-x86_64.zip").read_text("utf-8") == "send for x86_64"


@pytest.mark.parametrize("architecture", assets.ARCHITECTURES)
def test_a_manifest_names_the_zips_beside_it(made: Path, architecture: str) -> None:
    manifest = json.loads((made / f"manifest-{architecture}.json").read_text("utf-8"))
    assert manifest["target"]["architecture"] == architecture
    for package in (manifest["functions"]["send"], manifest["layers"]["pillow"]):
        content = (made / package["file"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == package["sha256"]


def test_checksums_are_of_every_other_file(made: Path) -> None:
    lines = (made / "SHA256SUMS").read_text("utf-8").splitlines()
    assert sorted(lines) == sorted(
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}"
        for path in made.iterdir()
        if path.name != "SHA256SUMS"
    )


def test_the_same_sources_give_the_same_files(made: Path, root: Path, tmp_path: Path) -> None:
    assets.make(root, "1.0.0", tmp_path / "again", build)
    for path in made.iterdir():
        assert path.read_bytes() == (tmp_path / "again" / path.name).read_bytes(), path.name


def test_two_builds_that_differ_are_refused(root: Path, tmp_path: Path) -> None:
    builds = count()

    def build_differently(root: Path, architecture: str, output: Path) -> None:
        build(root, architecture, output)
        if next(builds) == 3:
            (output / "pillow.zip").write_text("another", encoding="utf-8")

    with pytest.raises(ReleaseError, match=r"pillow.zip for x86_64: two builds differ"):
        assets.make(root, "1.0.0", tmp_path / "release", build_differently)


def test_a_file_that_one_build_lacks_is_a_difference(root: Path, tmp_path: Path) -> None:
    builds = count()

    def build_less(root: Path, architecture: str, output: Path) -> None:
        build(root, architecture, output)
        if next(builds) == 1:
            (output / "send.zip").unlink()

    with pytest.raises(ReleaseError, match=r"send.zip for arm64: two builds differ"):
        assets.make(root, "1.0.0", tmp_path / "release", build_less)


def test_nothing_is_added_to_what_is_there(root: Path, tmp_path: Path) -> None:
    (tmp_path / "old.zip").write_text("old", encoding="utf-8")
    with pytest.raises(ReleaseError, match="is not empty"):
        assets.make(root, "1.0.0", tmp_path, build)


def test_a_build_that_fails_is_said(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    script = "import sys\nsys.exit(f'no wheel {sys.argv[1:]}')\n"
    (tmp_path / "build.py").write_text(script, encoding="utf-8")
    with pytest.raises(ReleaseError, match=r"build.py failed for arm64"):
        assets.build_packages(tmp_path, "arm64", tmp_path / "output")
    assert f"['--target', 'arm64', '--output', '{tmp_path / 'output'}']" in capfd.readouterr().err


BUILD_SCRIPT = """
import json, pathlib, sys
architecture, output = sys.argv[2], pathlib.Path(sys.argv[4])
output.mkdir()
manifest = {"target": {"architecture": architecture}, "functions": {}, "layers": {}}
(output / "manifest.json").write_text(json.dumps(manifest))
"""


def test_the_command_takes_the_version_of_the_project_and_lists_what_it_made(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (root / "pyproject.toml").write_text('version = "2.0.0"\n', encoding="utf-8")
    (root / "build.py").write_text(BUILD_SCRIPT, encoding="utf-8")
    output = tmp_path / "release"

    assert main(["assets", str(output)], root=root) == 0

    assert set(capsys.readouterr().out.split()) == {str(path) for path in output.iterdir()}
    bill = json.loads((output / "sbom.cdx.json").read_text("utf-8"))
    assert bill["metadata"]["component"]["version"] == "2.0.0"


# --- the bill of materials ---


@pytest.fixture
def bill(made: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((made / "sbom.cdx.json").read_text("utf-8"))
    return document


def schema(name: str) -> Any:  # noqa: ANN401 - JSON
    # The library has the format's schemas, but needs further packages to read them.
    return json.loads((files("cyclonedx.schema") / "_res" / name).read_text("utf-8"))


def test_it_is_of_the_format(bill: dict[str, Any]) -> None:
    referenced = [f"{name}.SNAPSHOT.schema.json" for name in ("spdx", "jsf-0.82")]
    registry = jsonschema_rs.Registry(
        [(f"http://cyclonedx.org/schema/{name}", schema(name)) for name in referenced]
    )
    bom = schema("bom-1.6.SNAPSHOT.schema.json")
    validator = jsonschema_rs.validator_for(bom, registry=registry)
    validator.validate(bill)
    assert not validator.is_valid({**bill, "components": [{"name": "without a type"}]})


def test_it_says_which_packages_each_zip_has(bill: dict[str, Any]) -> None:
    assert bill["metadata"]["component"]["version"] == "1.0.0"
    contained = {entry["ref"]: entry.get("dependsOn", []) for entry in bill["dependencies"]}
    zips = ["pillow-arm64.zip", "pillow-x86_64.zip", "send-arm64.zip", "send-x86_64.zip"]
    assert contained[sbom.PROJECT] == zips
    assert contained["send-arm64.zip"] == ["pkg:pypi/cffi@2.1.1", "pkg:pypi/six@1.17.0"]
    assert contained["pillow-x86_64.zip"] == ["pkg:pypi/pillow@13.0.0"]


def test_it_has_the_hashes_of_zips_and_locks(bill: dict[str, Any], made: Path) -> None:
    components = {component["bom-ref"]: component for component in bill["components"]}
    zip_hash = hashlib.sha256((made / "send-arm64.zip").read_bytes()).hexdigest()
    assert components["send-arm64.zip"]["hashes"] == [{"alg": "SHA-256", "content": zip_hash}]
    (wheels,) = components["pkg:pypi/cffi@2.1.1"]["externalReferences"]
    assert {entry["content"] for entry in wheels["hashes"]} == {SIX, CFFI}


def test_other_zips_have_another_serial_number(bill: dict[str, Any]) -> None:
    other = json.loads(sbom.document("1.0.0", [sbom.ReleasedZip("send-arm64.zip", SIX, [])]))
    assert other["serialNumber"] != bill["serialNumber"]
