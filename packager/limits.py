"""Sizes: what Lambda takes, and what this project allows each zip."""

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
    """Raise a BuildError for what Lambda would refuse, or package.toml does not allow.

    Which function uses which layer is Terraform's business; so a function is weighed with all.
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
                f"and {allowed:,} are allowed; leave something out by `remove` and "
                "`aws_services`, or raise `max_zip_bytes`"
            )


def mebibytes(size_bytes: int) -> str:
    """Return a size for a person."""
    return f"{size_bytes / 2**20:.2f} MiB"
