"""Stand-ins for the zips of `make build`, for plans and tests of Terraform that upload nothing.

`python -m tooling.stand_in_packages` writes them where `terraform test` looks for them.
"""

import hashlib
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from packager.manifest import MANIFEST_NAME, Package, manifest_text
from packager.targets import aws_target
from tooling.paths import REPOSITORY, TERRAFORM_SOURCE

FOLDER = Path("tests") / "fixtures" / "packages"


def write(terraform: Path, repository: Path = REPOSITORY) -> None:
    """Write a zip for each function and layer of `repository`, and the manifest, into `terraform`.

    The zips hold a line of text: only their hash is read.
    """
    folder = terraform / FOLDER
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    packages = list(_written(folder, repository))
    manifest = manifest_text(packages, aws_target("arm64"), None)
    (folder / MANIFEST_NAME).write_bytes(manifest)


def _written(folder: Path, repository: Path) -> Iterator[Package]:
    functions = sorted(repository.glob("lambdas/*/handler.py"))
    layers = sorted(repository.glob("layers/*/requirements.in"))
    for file in [*functions, *layers]:
        name = file.parent.name
        data = f"stands for {name}.zip; only its hash is looked at\n".encode()
        (folder / f"{name}.zip").write_bytes(data)
        digest = hashlib.sha256(data).hexdigest()
        yield Package(name, file in layers, digest, len(data), len(data), inputs="")


def main() -> int:
    """Write the stand-ins beside the tests of terraform/; return the exit code."""
    write(TERRAFORM_SOURCE)
    return 0


if __name__ == "__main__":
    sys.exit(main())
