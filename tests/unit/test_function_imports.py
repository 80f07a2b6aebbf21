"""A function is imported without any variable: it reads them at first use."""

import subprocess
import sys
from pathlib import Path

import pytest

LAMBDAS = Path(__file__).parents[2] / "lambdas"
FUNCTIONS = sorted(path.parent.name for path in LAMBDAS.glob("*/handler.py"))


def test_functions_are_found() -> None:
    assert FUNCTIONS


@pytest.mark.parametrize("function", FUNCTIONS)
def test_importing_reads_no_variable_and_makes_no_client(function: str) -> None:
    code = (
        "import botocore.session\n"
        "def client(*_, **__): raise SystemExit('a client is made at import')\n"
        "botocore.session.Session.create_client = client\n"
        f"from {function}.handler import handler\n"
        "print(callable(handler))\n"
    )
    result = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-W", "error", "-c", code],
        env={"PYTHONPATH": str(LAMBDAS)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (result.returncode, result.stdout, result.stderr) == (0, "True\n", "")
