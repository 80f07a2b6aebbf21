"""The provider is fetched once, and again when Terraform's lock or the folder changes."""

import os
from pathlib import Path

import pytest

from tooling import paths, provider
from tooling.errors import ToolingError

# Makes the files of `terraform init`, and counts its calls.
INIT = """\
#!/bin/sh
echo "$*" >>"$HOME/inits"
cd "${1#-chdir=}"
folder=.terraform/providers/registry.terraform.io/hashicorp/aws/5.0.0/linux_amd64
mkdir -p "$folder"
touch "$folder/terraform-provider-aws_v5.0.0_x5"
echo '# a checksum of this platform' >>.terraform.lock.hcl
"""


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """terraform/ of a repository with a blank and quotes in its path, and a fake terraform."""
    repository = tmp_path / 'a "b" o\'neil'
    folder = repository / "terraform"
    folder.mkdir(parents=True)
    (folder / "main.tf").write_text("# code\n", "utf-8")
    (folder / ".terraform.lock.hcl").write_text("# lock\n", "utf-8")
    monkeypatch.setattr(paths, "REPOSITORY", repository)
    monkeypatch.chdir(repository)
    set_terraform(tmp_path, INIT)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("HOME", str(tmp_path))
    return folder


def set_terraform(folder: Path, script: str) -> None:
    (folder / "terraform").write_text(script, "utf-8")
    (folder / "terraform").chmod(0o755)


def inits(home: Path) -> int:
    return len((home / "inits").read_text("utf-8").splitlines())


def test_it_is_fetched_once(tmp_path: Path, source: Path) -> None:
    folder = source.parent / ".local" / "provider"
    assert not provider.is_fetched(folder, source)
    for _ in range(2):
        provider.fetch(folder, source)
        assert provider.is_fetched(folder, source)
    assert inits(tmp_path) == 1


def test_it_is_fetched_again_for_another_lock(tmp_path: Path, source: Path) -> None:
    folder = source.parent / ".local" / "provider"
    provider.fetch(folder, source)
    (source / ".terraform.lock.hcl").write_text("# another lock\n", "utf-8")
    assert not provider.is_fetched(folder, source)
    provider.fetch(folder, source)
    assert inits(tmp_path) == 2


def test_it_is_fetched_again_where_it_is_gone(source: Path) -> None:
    """For example, the plugin cache behind terraform's link."""
    folder = source.parent / ".local" / "provider"
    provider.fetch(folder, source)
    (found,) = folder.glob(".terraform/providers/*/*/*/*/*/terraform-provider-*")
    found.unlink()
    found.symlink_to("/gone")
    assert not provider.is_fetched(folder, source)


def test_it_is_fetched_again_in_a_checkout_that_was_moved(
    tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider.fetch(source.parent / ".local" / "provider", source)
    moved = source.parent.rename(tmp_path / "moved")
    monkeypatch.setattr(paths, "REPOSITORY", moved)
    monkeypatch.chdir(moved)
    folder, source = moved / ".local" / "provider", moved / "terraform"
    assert not provider.is_fetched(folder, source)
    provider.fetch(folder, source)
    assert str(moved) in (folder / provider.CLI_CONFIG.name).read_text("utf-8")
    assert provider.is_fetched(folder, source)


@pytest.mark.parametrize("name", [provider.CLI_CONFIG.name, ".terraform.lock.hcl"])
def test_it_is_fetched_again_where_a_file_beside_it_is_gone(source: Path, name: str) -> None:
    folder = source.parent / ".local" / "provider"
    provider.fetch(folder, source)
    (folder / name).unlink()
    assert not provider.is_fetched(folder, source)
    provider.fetch(folder, source)
    assert provider.is_fetched(folder, source)


def test_terraform_is_told_of_the_folder_in_its_own_syntax(source: Path) -> None:
    folder = source.parent / ".local" / "provider"
    provider.fetch(folder, source)
    text = (folder / provider.CLI_CONFIG.name).read_text("utf-8")
    path = str(folder / ".terraform" / "providers").replace('"', '\\"')
    assert f'    path = "{path}"\n' in text


def test_a_copy_gets_the_checksums_of_this_platform(tmp_path: Path, source: Path) -> None:
    folder = source.parent / ".local" / "provider"
    provider.fetch(folder, source)
    provider.copy_lock(tmp_path, folder)
    text = (tmp_path / ".terraform.lock.hcl").read_text("utf-8")
    assert text == "# lock\n# a checksum of this platform\n"


def test_what_terraform_says_of_a_failure_is_told(tmp_path: Path, source: Path) -> None:
    set_terraform(tmp_path, "#!/bin/sh\necho no registry today >&2\nexit 1\n")
    folder = source.parent / ".local" / "provider"
    with pytest.raises(ToolingError, match="no registry today"):
        provider.fetch(folder, source)
    assert not provider.is_fetched(folder, source)


def test_without_terraform_the_rest_is_set_up(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "")
    assert provider.main() == 0
    assert "terraform is not in PATH" in capsys.readouterr().err
