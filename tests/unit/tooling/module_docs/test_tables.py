"""The tables, made from modules that are written here."""

from pathlib import Path

import pytest

from tooling.module_docs.tables import attribute_comments, tables

OUTPUTS = """
output "arn" {
  description = "ARN of the queue."
  value       = aws_sqs_queue.this.arn
}
"""


def rows(module: Path, variables: str, outputs: str = OUTPUTS) -> list[str]:
    """The rows of both tables, without what is the same in all."""
    (module / "variables.tf").write_text(variables, encoding="utf-8")
    (module / "outputs.tf").write_text(outputs, encoding="utf-8")
    return [line for line in tables(module).splitlines() if line.startswith("| `")]


def test_tables_have_their_heads(tmp_path: Path) -> None:
    rows(tmp_path, "")

    assert tables(tmp_path).splitlines() == [
        "## Inputs",
        "",
        "| name | type | description | default | required |",
        "| --- | --- | --- | --- | --- |",
        "",
        "## Outputs",
        "",
        "| name | description |",
        "| --- | --- |",
        "| `arn` | ARN of the queue. |",
    ]


def test_required_input(tmp_path: Path) -> None:
    (row, _) = rows(
        tmp_path, 'variable "name" {\n  description = "Its name."\n  type = string\n}\n'
    )

    assert row == "| `name` | `string` | Its name. | | yes |"


def test_address_in_a_description_is_no_link(tmp_path: Path) -> None:
    description = 'A folder, such as https://a.example/b, or \\"http://[::1]:4566\\".'
    (row, _) = rows(
        tmp_path,
        f'variable "url" {{\n  description = "{description}"\n  type = string\n}}\n',
    )

    assert 'such as `https://a.example/b`, or "`http://[::1]:4566`". |' in row


@pytest.mark.parametrize(
    ("default", "shown"),
    [
        ("null", "null"),
        ("false", "false"),
        ("256", "256"),
        ('"INFO"', '"INFO"'),
        ("[]", "[]"),
        ('["a", "b"]', '["a", "b"]'),
        ("{}", "{}"),
        ('{ a = 1, b = "c" }', '{ a = 1, b = "c" }'),
    ],
)
def test_default_is_written_as_in_terraform(tmp_path: Path, default: str, shown: str) -> None:
    variable = f'variable "a" {{\n  description = "A."\n  type = any\n  default = {default}\n}}\n'

    assert rows(tmp_path, variable)[0] == f"| `a` | `any` | A. | `{shown}` | |"


def test_description_is_without_the_escapes_of_terraform(tmp_path: Path) -> None:
    description = r"Says \"$${name}\" or a | b."
    (row, _) = rows(
        tmp_path, f'variable "a" {{\n  description = "{description}"\n  type = string\n}}\n'
    )

    assert row == r'| `a` | `string` | Says "${name}" or a \| b. | | yes |'


OBJECTS = """
variable "mail" {
  description = "The mails."
  type = object({
    # Sender of the mails.
    # SES knows it.
    from_address = string
    retries = optional(object({
      # Times.
      count = optional(number, 3)
    }), {})
    # Language: "en" or "de".
    language = optional(string, "en")
  })

  validation {
    # Not a comment of an attribute.
    condition     = var.mail.from_address != ""
    error_message = "Set from_address."
  }
}

variable "queues" {
  description = "Queues."
  type = map(object({
    # Its name.
    name = string
  }))
  default = {}
}
"""


def test_each_attribute_has_a_row_with_the_comment_above_it(tmp_path: Path) -> None:
    assert rows(tmp_path, OBJECTS, "") == [
        "| `mail` | `object` | The mails. | | yes |",
        "| `mail.from_address` | `string` | Sender of the mails. SES knows it. | | yes |",
        "| `mail.retries` | `object` | | `{}` | |",
        "| `mail.retries.count` | `number` | Times. | `3` | |",
        '| `mail.language` | `string` | Language: "en" or "de". | `"en"` | |',
        "| `queues` | `map(object)` | Queues. | `{}` | |",
        "| `queues.*.name` | `string` | Its name. | | yes |",
    ]


def test_comments_outside_of_a_type_belong_to_no_attribute() -> None:
    assert set(attribute_comments(OBJECTS)) == {
        "mail.from_address",
        "mail.retries",
        "mail.retries.count",
        "mail.language",
        "queues.*.name",
    }


def test_a_module_that_a_description_names_is_linked(tmp_path: Path) -> None:
    (tmp_path / "modules" / "mail").mkdir(parents=True)
    (tmp_path / "modules" / "mail" / "variables.tf").touch()
    description = "See modules/mail, and modules/mailbox."

    (row, _) = rows(
        tmp_path, f'variable "a" {{\n  description = "{description}"\n  type = string\n}}\n'
    )

    assert "See [mail](modules/mail/README.md), and modules/mailbox." in row
