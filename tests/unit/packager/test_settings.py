"""package.toml."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from packager.errors import BuildError
from packager.settings import Settings, read_settings

if TYPE_CHECKING:
    from pathlib import Path


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    assert read_settings(tmp_path / "package.toml") == Settings((), (), (), 5 * 2**20)


def test_everything_is_read_and_sorted(tmp_path: Path) -> None:
    path = tmp_path / "package.toml"
    path.write_text(
        'aws_services = ["ssm", "cognito-idp"]\nremove = ["b/*", "a"]\nkeep = ["d", "c"]\n'
        "max_zip_bytes = 1_000\n",
        "utf-8",
    )
    assert read_settings(path) == Settings(("cognito-idp", "ssm"), ("a", "b/*"), ("c", "d"), 1000)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("aws_services = [", "is not valid TOML"),
        ("\xff", "is not valid TOML"),
        (
            "services = []",
            "unknown key `services`; the keys are aws_services, remove, keep, max_zip",
        ),
        ('aws_services = "s3"', "`aws_services` must be a list of texts"),
        ("keep = [1]", "`keep` must be a list of texts"),
        ("remove = [1]", "`remove` must be a list of texts"),
        ('remove = ["a", "a"]', "`remove` names something twice"),
        (
            'aws_services = ["../s3"]',
            r"`\.\./s3` in `aws_services` is not the name of an AWS service",
        ),
        ('aws_services = ["S3"]', "`S3` in `aws_services` is not the name of an AWS service"),
        ("max_zip_bytes = 0", "`max_zip_bytes` must be a whole number of bytes above 0"),
        ("max_zip_bytes = true", "`max_zip_bytes` must be a whole number"),
        ('max_zip_bytes = "5 MB"', "`max_zip_bytes` must be a whole number"),
    ],
)
def test_what_is_not_understood_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "package.toml"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(BuildError, match=f"package.toml: {message}"):
        read_settings(path)
