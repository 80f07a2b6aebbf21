"""Type expressions, taken apart into the rows of a table."""

import pytest

from tooling.module_docs.types import Attribute, attributes, short_name


@pytest.mark.parametrize(
    ("type_text", "shown"),
    [
        ("string", "string"),
        ("map(string)", "map(string)"),
        ("object({a = string})", "object"),
        ("map(object({a = string}))", "map(object)"),
    ],
)
def test_type_is_shown_without_what_has_rows_of_its_own(type_text: str, shown: str) -> None:
    assert short_name(type_text) == shown


def test_a_plain_type_has_no_attributes() -> None:
    assert list(attributes("list(string)", "names")) == []


def test_required_and_optional_attributes() -> None:
    found = list(
        attributes("object({a = string, b = optional(number), c = optional(bool, true)})", "x")
    )

    assert found == [
        Attribute("x.a", "string", None),
        Attribute("x.b", "number", "null"),
        Attribute("x.c", "bool", "true"),
    ]


def test_a_default_may_hold_commas_brackets_and_quotes() -> None:
    found = list(attributes(r'object({a = optional(string, "b, \"(c"), d = string})', "x"))

    assert found == [
        Attribute("x.a", "string", r'"b, \"(c"'),
        Attribute("x.d", "string", None),
    ]


def test_attributes_within_attributes() -> None:
    inner = "optional(object({rate = number, burst = optional(number, 5)}), {rate = 1})"

    assert list(attributes(f"object({{limit = {inner}}})", "x")) == [
        Attribute("x.limit", "object", "{rate = 1}"),
        Attribute("x.limit.rate", "number", None),
        Attribute("x.limit.burst", "number", "5"),
    ]


def test_attributes_of_each_object_of_a_collection() -> None:
    assert list(attributes("map(object({zones = list(object({id = string}))}))", "x")) == [
        Attribute("x.*.zones", "list(object)", None),
        Attribute("x.*.zones.*.id", "string", None),
    ]
