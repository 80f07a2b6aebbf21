"""Size limits of zips: Lambda's, and the project's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from packager.errors import BuildError
from packager.settings import SETTINGS_NAME

if TYPE_CHECKING:
    from collections.abc import Iterable

    from packager.components import Component
    from packager.manifest import Package

# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
LAMBDA_ZIPPED_BYTES = 50 * 2**20
LAMBDA_UNZIPPED_BYTES = 250 * 2**20


def check_limits(components: Iterable[Component], packages: Iterable[Package]) -> None:
    """Raise a BuildError for a zip that Lambda would refuse or that package.toml doesn't allow.

    Only Terraform knows which function uses which layer, so each is counted with all layers.
    """
    package_of = {package.name: package for package in packages}
    layers_bytes = sum(p.unzipped_bytes for p in package_of.values() if p.is_layer)
    for component in components:
        package = package_of[component.name]
        unzipped = package.unzipped_bytes + layers_bytes * (not package.is_layer)
        for size, limit, what in (
            (package.size_bytes, LAMBDA_ZIPPED_BYTES, "zipped"),
            (unzipped, LAMBDA_UNZIPPED_BYTES, "unzipped with the layers"),
        ):
            if size > limit:
                raise BuildError(
                    f"{component.folder}: {mebibytes(size)} {what}, and Lambda takes "
                    f"{mebibytes(limit)}; lock fewer or smaller packages"
                )
        allowed = component.settings.max_zip_bytes
        if package.size_bytes > allowed:
            raise BuildError(
                f"{component.folder / SETTINGS_NAME}: the zip has {package.size_bytes:,} bytes, "
                f"and {allowed:,} are allowed; leave something out with `remove` and "
                "`aws_services`, or raise `max_zip_bytes`"
            )


def mebibytes(size_bytes: int) -> str:
    """Return a size in MiB as text."""
    return f"{size_bytes / 2**20:.2f} MiB"
