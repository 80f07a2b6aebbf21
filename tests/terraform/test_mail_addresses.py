"""Which mail addresses Terraform takes: those that SES takes, and no others."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tooling.paths import TERRAFORM_SOURCE

ROOT = TERRAFORM_SOURCE / "variables.tf"
ACTIVATION = TERRAFORM_SOURCE / "modules" / "user_activation" / "variables.tf"
OPERATIONS = TERRAFORM_SOURCE / "modules" / "operations" / "variables.tf"

LONGEST_DOMAIN = ".".join(["d" * 63, "d" * 63, "d" * 61])  # with 64 characters and @, 254
TAKEN = [
    "hello@example.com",
    "Hello.World+cards@mail.example.co.uk",
    "o'neill_1@1-a.example",
    "a@xn--caf-dma.example",
    f"{'a' * 64}@{LONGEST_DOMAIN}",
]
REFUSED = [
    "",
    "hello",
    "@example.com",
    "hello@",
    "hello@example",
    "hello@example.c",
    "hello@example.123",
    "Cards <hello@example.com>",
    "a,b@example.com",
    "a b@example.com",
    "a@b@example.com",
    "a;b@example.com",
    '"a"@example.com',
    "caf\u00e9@example.com",
    "hello@caf\u00e9.example",
    ".ada@example.com",
    "ada.@example.com",
    "a..da@example.com",
    "a\u200bda@example.com",
    "ada@exa\u200bmple.com",
    "\uff41da@example.com",
    "ada@example.com\n",
    "ada@example.com\r\nBcc: everybody@example.com",
    "ada@-example.com",
    "ada@example-.com",
    "ada@example..com",
    "ada@.example.com",
    "ada@example.com.",
    "ada@exam_ple.com",
    f"{'a' * 65}@example.com",
    f"a@{'d' * 64}.com",
    f"{'a' * 64}@d{LONGEST_DOMAIN}",
    # They mean something in an ARN of a policy.
    "*@example.com",
    "a?a@example.com",
    "a/a@example.com",
    "${aws:username}@example.com",
]


def block(file: Path, variable: str) -> str:
    """The declaration of a variable."""
    text = file.read_text("utf-8")
    return text[text.index(f'variable "{variable}"') :].partition("\n}\n")[0]


def condition(file: Path, variable: str, attribute: str = "") -> str:
    """The first condition on a variable, as it is written."""
    conditions = re.findall(
        r"^    condition += (.*?)$(?=\n    error_message|\n\n|\n    #)",
        block(file, variable),
        re.MULTILINE | re.DOTALL,
    )
    return next(str(each) for each in conditions if f"var.{variable}{attribute}" in each)


CONDITIONS = {
    "from_address": condition(ROOT, "from_address").replace("var.from_address", "address"),
    "from_address of the module": condition(ACTIVATION, "from_address").replace(
        "var.from_address", "address"
    ),
    "mail.sandbox_recipients": condition(ACTIVATION, "mail", ".sandbox_recipients").replace(
        "var.mail.sandbox_recipients", "[address]"
    ),
    "alarms.addresses": condition(OPERATIONS, "addresses").replace("var.addresses", "[address]"),
}


@pytest.fixture(scope="module")
def taken(
    tmp_path_factory: pytest.TempPathFactory, run_terraform: Callable[..., CompletedProcess[str]]
) -> dict[str, list[str]]:
    """The addresses that each variable takes."""
    folder = tmp_path_factory.mktemp("mail_addresses")
    # Terraform would take ${...} for a template.
    addresses = json.dumps(TAKEN + REFUSED).replace("${", "$${")
    (folder / "main.tf").write_text(
        "".join(
            f'output "{index}" {{\n value = [for address in {addresses} : address if {rule}]\n}}\n'
            for index, rule in enumerate(CONDITIONS.values())
        ).replace('output "', 'output "o'),
        "utf-8",
    )
    done = run_terraform(folder, "apply", "-auto-approve", "-input=false", "-no-color")
    assert done.returncode == 0, done.stdout + done.stderr
    values = json.loads(run_terraform(folder, "output", "-json").stdout)
    return {name: values[f"o{index}"]["value"] for index, name in enumerate(CONDITIONS)}


@pytest.mark.parametrize("variable", CONDITIONS)
def test_a_variable_takes_what_ses_takes(taken: dict[str, list[str]], variable: str) -> None:
    assert taken[variable] == TAKEN


def test_the_root_s_variable_needs_no_other() -> None:
    # Somebody may check an address with this block alone.
    read = set(re.findall(r"\b(?:var|local|module)\.\w+", block(ROOT, "from_address")))
    assert read == {"var.from_address"}
