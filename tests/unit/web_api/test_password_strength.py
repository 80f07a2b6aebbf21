"""Which new passwords are refused, why, and that no password takes long to judge."""

import ast
import string
import subprocess
import sys
import time
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, get_args

import pytest
import zxcvbn.feedback
import zxcvbn.matching
import zxcvbn.scoring
from hypothesis import given
from hypothesis import strategies as st

from web_api import password_strength
from web_api.password_strength import CODES, DETAILS, Weakness, WeaknessCode, weakness_of

LAMBDAS = Path(__file__).parents[3] / "lambdas"
ABOUT = ("anna.berg", "Anna Berg", "a.berg@mail.example", "Digital Card Store")
SUBSTITUTES = "4@8({[<3691!|70$5+%2"  # zxcvbn reads each as a letter, some as one of two


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("password1234", "too-common"),
        ("password 1234", "like-common-password"),
        ("P4ssw0rd1234", "like-common-password"),
        (" " * 12, "repeated-character"),
        ("\u3000" * 12, "repeated-character"),
        ("\U0001f600" * 12, "repeated-character"),
        ("a" * 128, "repeated-character"),
        ("abcabcabcabc", "repeated-text"),
        ("letmeinletmein", "repeated-text"),
        ("\u00e4\u00f6\u00fc" * 4, "repeated-text"),
        ("qwertyuiop[]", "keyboard-row"),
        ("1234567890-=", "keyboard-row"),
        ("xdr5tgbhu8ik", "keyboard-pattern"),
        ("abcdefghijklm", "sequence"),
        ("12/03/1984 12", "date"),
        ("internationalization", "single-word"),
        ("elizabethalexandra", "person-name"),
        ("anna.berganna.berg", "own-data"),
        ("anna.berg-anna.berg", "own-data"),
        ("annabergannaberg", "own-data"),
        ("anna berg anna berg", "own-data"),
        ("a.berg@mail.example", "own-data"),
        ("digitalcardstore", "own-data"),
        ("Digital Card Store", "own-data"),
        ("counterrevolutionaries", "guessable"),
    ],
)
def test_password_that_is_easy_to_guess_is_refused_with_the_reason(
    password: str, code: WeaknessCode
) -> None:
    weakness = weakness_of(password, ABOUT)

    assert weakness is not None
    assert (weakness.code, weakness.detail) == (code, DETAILS[code])


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery",
        "maple otter sings loud",
        "geheimes passwort im wald",
        "Tr0ub4dor&3xyz",
        "xkcd9$KqLmv2",
        "k7f3zq9c1bxe",
        "86241975033719",
        "\u00e9t\u00e9 \u00e0 la plage",
        "\u6211\u559c\u6b22\u5728\u661f\u671f\u5929\u559d\u5496\u5561\u770b\u4e66",  # Chinese
        "\u30b3\u30fc\u30d2\u30fc\u3092\u98f2\u307f\u306a\u304c\u3089\u672c\u3092",  # Japanese
        "\uc548\ub155\ud558\uc138\uc694\ubc18\uac11\uc2b5\ub2c8\ub2e4\uc5ec\ub7ec",  # Korean
        "\u043c\u043e\u0439\u0441\u0435\u043a\u0440\u0435\u0442\u043d\u044b\u0439",  # Russian
        "\u0643\u0644\u0645\u0629\u0627\u0644\u0633\u0631\u0637\u0648\u064a\u0644",  # Arabic
        "\U0001f436\U0001f6b2\U0001f30b\U0001f3ba\U0001f349\U0001f9f2\U0001f6f6\U0001f3b2"
        + "\U0001fa81" * 4,
        # Only the name's owner is known by it.
        "berthold and ottilie",
        # All substitutes, of which zxcvbn sees only the first.
        SUBSTITUTES * 3,
        string.printable[:94],
    ],
)
def test_passphrase_or_random_password_of_any_script_is_taken(password: str) -> None:
    assert weakness_of(password, ABOUT) is None


def test_weak_beginning_that_fills_the_scored_part_is_refused() -> None:
    weakness = weakness_of("a" * 72 + "correct horse battery staple", ABOUT)

    assert weakness is not None
    assert weakness.code == "repeated-character"


def test_name_is_found_in_whichever_form_its_letters_are_typed() -> None:
    decomposed = unicodedata.normalize("NFD", "Zo\u00eb M\u00fcller-L\u00fcdenscheidt")

    weakness = weakness_of("zo\u00ebm\u00fcllerl\u00fcdenscheidt", [decomposed])

    assert weakness is not None
    assert weakness.code == "own-data"


def test_users_data_is_forgotten_with_the_next_password() -> None:
    assert weakness_of("berthold.ottilie", ["berthold.ottilie"]) is not None
    assert weakness_of("berthold.ottilie", ABOUT) is None


def test_users_data_is_nobody_elses_who_signs_up_at_the_same_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    omnimatch = zxcvbn.matching.omnimatch

    def slow_omnimatch(*arguments: Any) -> Any:  # noqa: ANN401 - zxcvbn's
        time.sleep(0.01)  # lets the other threads in
        return omnimatch(*arguments)

    monkeypatch.setattr(zxcvbn.matching, "omnimatch", slow_omnimatch)
    names = ["ottilie.k", "berthold.l", "kunigunde.m", "adalbert.n"]

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda name: weakness_of(name * 2, [name]), names))

    assert found == [Weakness("own-data", DETAILS["own-data"])] * 4


def test_each_warning_of_zxcvbn_has_a_code() -> None:
    warnings = set(_warnings(Path(zxcvbn.feedback.__file__).read_text("utf-8")))

    assert warnings == set(CODES)


def test_guesses_for_the_order_of_parts_are_those_that_zxcvbn_adds() -> None:
    ours = password_strength.ORDER_GUESSES
    assert ours == zxcvbn.scoring.MIN_GUESSES_BEFORE_GROWING_SEQUENCE


def test_each_code_has_a_detail() -> None:
    assert set(DETAILS) == set(get_args(WeaknessCode))
    assert {*CODES.values(), "guessable", "own-data"} == set(DETAILS)


@pytest.mark.parametrize(
    "password",
    [
        (SUBSTITUTES * 4)[:128],
        SUBSTITUTES + "password" * 13,
        "password" * 6 + SUBSTITUTES * 4,
        ("1!|7({[<4@$5" * 11)[:128],
        "a" * 60 + SUBSTITUTES,
        "annaberg" * 16,
    ],
)
def test_no_password_takes_long_to_judge(password: str) -> None:
    about = ["annaberg" * k for k in range(1, 99)] + ["x" * 100_000, "anna berg " * 10_000]
    weakness_of("correct horse battery", about)  # imports zxcvbn
    begin = time.process_time()

    weakness_of(password, about)

    # 0.1 s; the first two took 4 s without the limit on the scored part.
    assert time.process_time() - begin < 1


def test_limit_on_work_leaves_ordinary_passwords_whole() -> None:
    for password in ("4" + "x" * 71, string.digits * 7, string.ascii_letters):
        assert password_strength._scored_part(password) == password


@given(st.text(min_size=1, max_size=128), st.lists(st.text(max_size=40), max_size=5))
def test_any_text_is_judged(password: str, about: list[str]) -> None:
    weakness = weakness_of(password, about)

    assert weakness is None or weakness.code in DETAILS


@given(st.text(alphabet=SUBSTITUTES + "anb\u0130\u1e9e", min_size=1, max_size=80))
def test_any_text_of_substitutes_is_judged(password: str) -> None:
    weakness = weakness_of(password, ["anb", "\u0130\u1e9e\u0130"])

    assert weakness is None or weakness.code in DETAILS


@pytest.mark.parametrize("password", ["1234567\n1234567\n", "\n" * 12])
def test_line_ends_beside_digits_are_judged(password: str) -> None:
    assert weakness_of(password, ABOUT) is not None


@given(st.text(alphabet="0123456789/ \n\r\t\x00", min_size=1, max_size=40))
def test_any_text_like_a_date_is_judged(password: str) -> None:
    weakness_of(password, ABOUT)


def test_importing_the_function_imports_no_zxcvbn() -> None:
    code = (
        "import sys, web_api.handler, web_api.password_strength\n"
        "print([name for name in sys.modules if name.startswith('zxcvbn')])"
    )
    result = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(LAMBDAS)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert result.stdout == "[]\n"


def _warnings(source: str) -> list[str]:
    """The texts that zxcvbn's source sets as a warning, by a variable or a dictionary."""
    values: list[ast.expr | None] = []
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Assign(targets=[ast.Name(id="warning")]):
                values.append(node.value)
            case ast.Dict():
                pairs = zip(node.keys, node.values, strict=True)
                values += [
                    value
                    for key, value in pairs
                    if isinstance(key, ast.Constant) and key.value == "warning"
                ]
    translated = [value for value in values if isinstance(value, ast.Call)]
    return [ast.literal_eval(call.args[0]) for call in translated]
