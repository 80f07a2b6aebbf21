"""What Terraform itself says of the code: format, validity, its tests, its messages."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tooling import paths

Run = Callable[..., subprocess.CompletedProcess[str]]

SOURCE = paths.TERRAFORM_SOURCE
TEST_FILES = sorted(path.name for path in (SOURCE / "tests").glob("*.tftest.hcl"))
# Those that take 4 CPU seconds and more run side by side. The others share one command, as each
# command reads the provider's schema for 1.6 CPU seconds.
LARGE = {
    f"{name}.tftest.hcl"
    for name in (
        *("bootstrap", "examples", "mail_claim", "operations", "profile_images", "root"),
        *("user_activation", "variables", "web_api"),
    )
}
SMALL = [name for name in TEST_FILES if name not in LARGE]

# A plan of all of it with a mocked provider, from a build folder that a test spoils.
PLAN = """
mock_provider "aws" {
  source = "./tests/mocks"
}

run "plan" {
  command = plan

  variables {
    build_dir    = "tests/fixtures/spoiled"
    from_address = "hello@example.com"
    %s
  }
}
"""


def test_code_is_formatted(run_terraform: Run) -> None:
    done = run_terraform(SOURCE, "fmt", "-check", "-recursive", "-diff", "-no-color")
    assert done.returncode == 0, done.stdout + done.stderr


def test_code_is_valid_before_the_first_build(clean_copy: Path, run_terraform: Run) -> None:
    assert not (clean_copy.parent / "build").exists()
    done = run_terraform(clean_copy, "validate", "-json")
    answer = json.loads(done.stdout)
    assert answer["diagnostics"] == []
    assert answer["valid"]


def test_init_leaves_the_lock_file_as_it_is(clean_copy: Path) -> None:
    name = ".terraform.lock.hcl"
    assert (clean_copy / name).read_bytes() == (SOURCE / name).read_bytes()


def test_lock_file_has_the_hashes_of_every_platform() -> None:
    lock = (SOURCE / ".terraform.lock.hcl").read_text(encoding="utf-8")
    assert 'provider "registry.terraform.io/hashicorp/aws"' in lock
    # HashiCorp builds this provider for 15 platforms. `terraform init` on a machine with a local
    # mirror knows one of them, and writes only that one.
    assert len(set(re.findall(r'"zh:[0-9a-f]{64}"', lock))) >= 15


def test_there_are_test_files() -> None:
    assert set(TEST_FILES) > LARGE
    assert SMALL


@pytest.mark.parametrize(
    "names", [*([name] for name in sorted(LARGE)), SMALL], ids=[*sorted(LARGE), "small ones"]
)
def test_terraform_test(clean_copy: Path, run_terraform: Run, names: list[str]) -> None:
    filters = [f"-filter=tests/{name}" for name in names]
    done = run_terraform(clean_copy, "test", "-no-color", *filters)
    assert done.returncode == 0, done.stdout + done.stderr
    assert [name for name in names if f"tests/{name}... pass" not in done.stdout] == []
    passed = re.search(r"Success! (\d+) passed, 0 failed\.", done.stdout)
    assert passed is not None, done.stdout
    assert int(passed[1]) == sum(runs_of(name) for name in names) >= len(names)


def runs_of(name: str) -> int:
    """The number of runs in a test file."""
    text = (SOURCE / "tests" / name).read_text(encoding="utf-8")
    return len(re.findall(r'^run "\w+" {', text, re.MULTILINE))


def said_by(done: subprocess.CompletedProcess[str]) -> str:
    """All that Terraform said, in one line: it breaks and frames its messages."""
    said = " ".join(line.strip("│ ") for line in (done.stdout + done.stderr).splitlines())
    return re.sub(r"\s+", " ", said)


def remove_manifest(build: Path) -> None:
    (build / "manifest.json").unlink()


def empty_manifest(build: Path) -> None:
    (build / "manifest.json").write_text("", encoding="utf-8")


def remove_zip(build: Path) -> None:
    (build / "user_table_trigger.zip").unlink()


def change_zip(build: Path) -> None:
    (build / "pillow.zip").write_bytes(b"of another build")


def forget_function(build: Path) -> None:
    manifest = json.loads((build / "manifest.json").read_text(encoding="utf-8"))
    del manifest["functions"]["create_thumbnail"]
    (build / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


# What is spoiled, a further line of variables, and all that must then be said, by one plan.
SPOILED = {
    "nothing was built, and no key": (
        [remove_manifest],
        'thumbnails = { engine = "tinypng" }',
        [
            "There is no tests/fixtures/spoiled/manifest.json: run `make build` first.",
            'thumbnails.engine = "tinypng" needs tinypng_api_key: set TF_VAR_tinypng_api_key.',
        ],
    ),
    "manifest is not readable": (
        [empty_manifest],
        "",
        ["manifest.json does not have schema_version 1: run `make build` again."],
    ),
    "one zip is missing and one another": (
        [remove_zip, change_zip],
        "",
        [
            "There is no tests/fixtures/spoiled/user_table_trigger.zip: run `make build` first.",
            "spoiled/pillow.zip does not have the SHA-256 in manifest.json: run `make build`",
        ],
    ),
    "a function is missing": (
        [forget_function],
        "",
        ["manifest.json lacks one of set_profile_image, create_thumbnail, remove_profile_images: "],
    ),
}


@pytest.mark.parametrize(("spoil", "setting", "messages"), SPOILED.values(), ids=SPOILED)
def test_what_is_missing_is_said(
    clean_copy: Path,
    run_terraform: Run,
    spoil: list[Callable[[Path], None]],
    setting: str,
    messages: list[str],
) -> None:
    fixtures = clean_copy / "tests" / "fixtures"
    build = fixtures / "spoiled"
    test_file = clean_copy / "tests" / "spoiled.tftest.hcl"
    shutil.copytree(fixtures / "packages", build)
    try:
        for change in spoil:
            change(build)
        test_file.write_text(PLAN % setting, encoding="utf-8")
        done = run_terraform(clean_copy, "test", "-no-color", f"-filter=tests/{test_file.name}")
    finally:
        shutil.rmtree(build)
        test_file.unlink(missing_ok=True)
    assert done.returncode == 1
    for message in messages:
        assert message in said_by(done)


ACTIVATION = Path("modules") / "user_activation"
# A file, what is written there instead of what, and what every plan must then say.
BROKEN_TIMES = {
    "claim outlasts the wait for it": (
        ACTIVATION / "send_user_activation_mail.asl.json",
        r'("ActivationMailInProgressError"\],.*?"MaxAttempts": )\d+',
        r"\g<1>3",
        "The retries of ActivationMailInProgressError wait 35 seconds without jitter.",
    ),
    "wait has jitter": (
        ACTIVATION / "send_user_activation_mail.asl.json",
        r'("ActivationMailInProgressError"\],.*?"JitterStrategy": )"NONE"',
        r'\g<1>"FULL"',
        "The retries of ActivationMailInProgressError wait 0 seconds without jitter.",
    ),
    "claim outlasts the one wait of EXPRESS": (
        ACTIVATION / "send_user_activation_mail_express.asl.json",
        r'("ActivationMailInProgressError"\],.*?"IntervalSeconds": )\d+',
        r"\g<1>60",
        "The retries of ActivationMailInProgressError wait 60 seconds without jitter.",
    ),
    "failure of EXPRESS comes too late": (
        ACTIVATION / "send_user_activation_mail_express.asl.json",
        r'("TimeoutSeconds": )10',
        r"\g<1>30",
        "An EXPRESS execution must end within 300 seconds including all retries",
    ),
    "function has more time, and so the claim": (
        ACTIVATION / "functions.tf",
        r"(send_mail_timeout_seconds = )\d+",
        r"\g<1>150",
        "They must wait longer than a claim lasts, 300 seconds.",
    ),
}


@pytest.mark.parametrize("broken", BROKEN_TIMES.values(), ids=BROKEN_TIMES)
def test_times_that_do_not_fit_stop_the_plan(
    clean_copy: Path, run_terraform: Run, broken: tuple[Path, str, str, str]
) -> None:
    name, written, instead, message = broken
    original = (clean_copy / name).read_text(encoding="utf-8")
    changed, count = re.subn(written, instead, original, flags=re.DOTALL)
    assert count == 1
    (clean_copy / name).write_text(changed, encoding="utf-8")
    try:
        done = run_terraform(clean_copy, "test", "-no-color", "-filter=tests/mail_claim.tftest.hcl")
    finally:
        (clean_copy / name).write_text(original, encoding="utf-8")
    assert done.returncode == 1
    assert message in said_by(done)
