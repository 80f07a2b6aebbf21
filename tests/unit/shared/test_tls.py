"""The TLS context of the functions' clients."""

import ssl
from typing import Any

import pytest
from botocore.httpsession import URLLib3Session, get_cert_path
from urllib3.util.ssl_ import ssl_wrap_socket

from shared.aws import session
from shared.tls import tls_context, trusted_certificates


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The bundles of certificates that are loaded."""
    bundles: list[str] = []

    def load(_: ssl.SSLContext, cafile: str, *_unused: object) -> None:
        bundles.append(cafile)

    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", load)
    monkeypatch.setattr(ssl.SSLContext, "wrap_socket", lambda *_, **__: None)
    return bundles


def connect(bundle: str) -> None:
    """Connect as urllib3 does for each new connection."""
    no_socket: Any = None
    ssl_wrap_socket(
        no_socket, ca_certs=bundle, ssl_context=tls_context(), server_hostname="aws.example.com"
    )


def test_connections_load_the_certificates_no_more_once_they_are_prepared(
    loaded: list[str],
) -> None:
    bundle = str(get_cert_path(True))
    trusted_certificates()
    connect(bundle)
    connect(bundle)
    assert loaded == [bundle]


def test_another_bundle_is_loaded_too(loaded: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", "/etc/own.pem")
    trusted_certificates()
    connect("/etc/own.pem")
    connect("/etc/other.pem")
    assert loaded == ["/etc/own.pem", "/etc/other.pem"]


def test_every_client_has_the_one_context_which_verifies_servers() -> None:
    session()
    http: Any = URLLib3Session()  # what each client makes for itself
    assert http._manager.connection_pool_kw["ssl_context"] is tls_context()
    assert tls_context().verify_mode is ssl.CERT_REQUIRED
    trusted_certificates()
    assert tls_context().cert_store_stats()["x509_ca"] > 100
