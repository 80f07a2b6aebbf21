"""Builds every function and layer of a folder with aws-lambda-builders, in its environment."""

import subprocess
import sys
import tempfile
from pathlib import Path

# It has no types, and is only in this peer's environment, which mypy doesn't see.
from aws_lambda_builders.builder import LambdaBuilder  # type: ignore[import-not-found]


def main(source: Path, output: Path, runtime: str, architecture: str) -> None:
    """Build and zip each folder of `source`; the content of a layer goes under python/."""
    builder = LambdaBuilder("python", "pip", None)
    for folder in sorted(source.iterdir()):
        is_layer = not (folder / folder.name).is_dir()
        contents = output / folder.name
        with tempfile.TemporaryDirectory() as scratch:
            builder.build(
                str(folder),
                str(contents / "python" if is_layer else contents),
                scratch,
                str(folder / "requirements.txt"),
                runtime=runtime,
                architecture=architecture,
                is_building_layer=is_layer,
            )
        # PATH decides which zip it is, as for every user of this peer.
        subprocess.run(  # noqa: S603 - no shell
            ["zip", "-qr", f"../{folder.name}.zip", "."],  # noqa: S607 - the machine's zip
            cwd=contents,
            check=True,
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], sys.argv[4])
