"""Hostile values for the property tests of every parser."""

import copy
import json
import re
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from hypothesis import strategies as st

Result = TypeVar("Result")

# Texts that try to break HTML, headers, log lines, templates and terminals.
INJECTIONS = (
    "<script>alert(1)</script>",
    "</title></p><a href='https://evil.example'>x</a>",
    "\"' onmouseover='alert(1)' x=\"",
    "<!-- <![CDATA[ ]]> -->",
    "&lt;b&gt; &#60; &amp;",
    "javascript:alert(1)",
    "anna\r\nBcc: all@evil.example\r\n\r\nYou have won",
    "anna\nSubject: other",
    "=?utf-8?q?evil?=",
    '"}\n{"level":"ERROR","message":"forged","service":"web_api"}\n',
    '","level":"ERROR","message":"forged',
    "\x1b[2J\x1b[31mred\x1b]0;title\x07",
    "\x9b31m \x85 \u2028 \u2029 \x7f",
    "\u202egnp.exe\u2066\u200f\u061c",
    "${link} $name {0} %s %(name)s {{7*7}}",
    "../../etc/passwd\x00.jpg",
    "' OR 1=1; --",
    "\ufeffanna\u200b\u200d\u00ad",
    "\ud800",
    "\udfff\ud800",
    "a\u0300\u0301" * 40,
    "\U0001f600\U000e0041\U0010ffff",
    "__proto__",
    "9" * 5000,
    "x" * 3000,
)

STORABLE_INJECTIONS = tuple(text for text in INJECTIONS if not re.search("[\ud800-\udfff]", text))

# Text of every kind, also half a surrogate pair, which JSON allows and UTF-8 doesn't.
ANY_TEXT = st.one_of(
    st.text(max_size=40),
    st.text(st.characters(categories=["Cc", "Cf", "Cs", "Zl", "Zp", "Mn", "Nd"]), max_size=20),
    st.sampled_from(INJECTIONS),
)

# Text that DynamoDB, S3 and a process's environment allow.
STORABLE_TEXT = ANY_TEXT.filter(lambda text: text.isascii() or _is_unicode(text))

# Any JSON value.
ANY_JSON = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.sampled_from([10**400, -(2**63) - 1, 0.1, 1e308, float("inf"), float("nan")]),
        ANY_TEXT,
    ),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT | st.just("S"), inner, max_size=3)
    ),
    max_leaves=6,
)

# Attribute values that DynamoDB's streams write, and some that they never write.
ANY_ATTRIBUTE = st.one_of(
    st.builds(lambda text: {"S": text}, ANY_TEXT),
    st.builds(
        lambda number: {"N": number},
        st.one_of(
            st.integers(-(10**38) + 1, 10**38 - 1).map(str),
            st.sampled_from(["1.5", "1E+125", "-1E-130", "NaN", "sNaN", "Infinity", "1E999999"]),
            st.sampled_from(["", ".", "0x1", "\u0661", "1_000", "9" * 39, "9" * 5000]),
        ),
    ),
    st.sampled_from([{"NULL": True}, {"BOOL": False}, {"SS": ["x"]}, {"B": "eA=="}, {"L": []}]),
    st.sampled_from([{}, {"X": 1}, {"M": {"a": {}}}, {"L": [{}]}, {"S": 5}, {"N": 5}, {"N": None}]),
    ANY_JSON,
)


@st.composite
def changed(draw: st.DrawFn, original: Any) -> Any:  # noqa: ANN401 - any JSON, in and out
    """A JSON document with up to three of its parts removed or replaced."""
    document = json.loads(json.dumps(original))  # in which no part occurs twice
    for _ in range(draw(st.integers(1, 3))):
        places = list(_places(document))
        if not places:
            return document
        holder, name = draw(st.sampled_from(places))
        if draw(st.booleans()):
            holder[name] = copy.deepcopy(draw(ANY_ATTRIBUTE))
        else:
            del holder[name]
    return document


def tried(action: Callable[[], Result], *refusals: type[Exception]) -> tuple[Result | None, str]:
    """A call's result, or None and the message of one of these errors."""
    try:
        return action(), ""
    except refusals as refusal:
        return None, str(refusal)


def only_value(attribute: dict[str, Any]) -> Any:  # noqa: ANN401 - of any type
    """The value of an attribute in a stream record; Powertools knows its type in any case."""
    (value,) = attribute.values()
    return value


def _places(document: Any) -> Iterator[tuple[Any, Any]]:  # noqa: ANN401 - any JSON
    if isinstance(document, dict):
        names: list[Any] = list(document)
    elif isinstance(document, list):
        names = list(range(len(document)))
    else:
        return
    for name in names:
        yield document, name
        yield from _places(document[name])


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
