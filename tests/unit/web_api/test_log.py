"""What is logged beside our own lines."""

import logging

import pytest

from tests.unit.web_api.api import REGISTRATION, get, post


@pytest.mark.usefixtures("api")
def test_at_no_level_does_a_library_log_what_was_sent(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.INFO, "botocore")  # as shared.aws.session does, which tests replace

    post("/users", REGISTRATION)
    get("/activate", query="username=anna&token=secret-token")
    post("/activate", {"username": "anna", "token": "secret-token"})
    refused = post("/sign-in", {"username": "anna", "password": REGISTRATION["password"]})
    get("/profile", cookies=["__Host-session=secret-cookie"])

    assert refused.code == "not-activated"
    assert "Request answered" in caplog.text
    for secret in ("secret-token", "secret-cookie", "mail.example", REGISTRATION["password"]):
        assert secret not in caplog.text
