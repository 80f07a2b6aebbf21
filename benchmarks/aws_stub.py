"""Stands in for AWS in the benchmark of cold starts: fixed responses at once, over TLS.

A first call to AWS loads certificates and shakes hands, so the functions meet TLS here too. What
AWS itself takes to respond isn't measured.
"""

import datetime as dt
import hashlib
import ipaddress
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import argon2
import botocore
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from benchmarks.start_calls import BUCKET, PASSWORD, PROFILE_ID, TOKEN

Item = Mapping[str, Mapping[str, object]]

PROFILE: Item = {
    "id": {"N": str(PROFILE_ID)},
    "image": {"S": "original/current.jpg"},
    "thumbnail": {"S": f"thumbnails/users/{PROFILE_ID}/current.jpg"},
    "thumbnailStatus": {"S": "DONE"},
}


@dataclass(frozen=True)
class AwsStub:
    """A running stub.

    Attributes:
        url: Its address.
        certificates: A bundle of botocore's certificates and the one of the stub's authority.
        connections: How many connections it has taken so far.
    """

    url: str
    certificates: Path
    connections: Callable[[], int]


@contextmanager
def aws_stub(folder: Path, picture: Path) -> Iterator[AwsStub]:
    """A stub that runs until the end, in threads of this process.

    Args:
        folder: For certificates and keys.
        picture: What S3 answers.
    """
    folder.mkdir(parents=True, exist_ok=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    bundle = _certificates(folder)
    context.load_cert_chain(folder / "stub.pem", folder / "stub.key")
    handler = type(
        "Handler", (_Handler,), {"picture": picture.read_bytes(), "users": benchmark_users()}
    )
    server = _Server(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield AwsStub(f"https://127.0.0.1:{server.server_port}", bundle, lambda: server.connections)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def benchmark_users() -> dict[str, Item]:
    """The items of the User table, by username."""
    now = int(dt.datetime.now(dt.UTC).timestamp())
    common: Item = {
        "name": {"S": "Anna Berg"},
        "email": {"S": "anna@mail.example"},
        "activationUrlBase": {"S": "https://shop.example/activate"},
        "activationTokenHash": {"S": hashlib.sha256(TOKEN.encode()).hexdigest()},
        "activationTokenCreatedAt": {"N": str(now)},
        "sessionGeneration": {"S": "generation"},
        "userProfileId": {"N": str(PROFILE_ID)},
        "passwordHash": {"S": _hash_of(PASSWORD)},
        "keepOnlyTokenHash": {"BOOL": True},
    }
    waiting: Item = {
        "username": {"S": "waiting"},
        "activationStatus": {"S": "NONE"},
        "name": {"S": "Anna Berg"},
        "email": {"S": "anna@mail.example"},
        "activationUrlBase": {"S": "https://shop.example/activate"},
        "activationToken": {"S": TOKEN},
    }
    return {
        "waiting": waiting,
        "mailed": {**common, "username": {"S": "mailed"}, "activationStatus": {"S": "MAIL_SENT"}},
        "anna": {**common, "username": {"S": "anna"}, "activationStatus": {"S": "DONE"}},
    }


def _hash_of(password: str) -> str:
    """With the parameters of web_api/passwords.py."""
    hasher = argon2.PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
    return hasher.hash(password)


class _Server(ThreadingHTTPServer):
    """Counts connections."""

    connections = 0

    def get_request(self) -> tuple[socket.socket, Any]:
        """A new connection, after its handshake."""
        request = super().get_request()
        self.connections += 1
        return request


class _Handler(BaseHTTPRequestHandler):
    """One connection; `picture` and `users` are the server's."""

    protocol_version = "HTTP/1.1"
    # Each part of a response on its own would wait for the client's acknowledgement.
    wbufsize = -1
    disable_nagle_algorithm = True
    picture: ClassVar[bytes]
    users: ClassVar[Mapping[str, Item]]

    def do_POST(self) -> None:
        """DynamoDB, SES, Step Functions and SSM."""
        body = json.loads(self._body() or b"{}")
        operation = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
        self._answer(200, json.dumps(self._result(operation, body)).encode(), {})

    def do_GET(self) -> None:
        """S3: a picture."""
        self._answer(200, self.picture, _object_headers())

    def do_HEAD(self) -> None:
        """S3: an original, and no thumbnail."""
        self._body()
        if self.path.startswith(f"/{BUCKET}/thumbnails/"):
            self._answer(404, b"", {})
        else:
            self._answer(200, b"", {**_object_headers(), "Content-Length": "3000000"})

    def do_PUT(self) -> None:
        """S3: takes everything."""
        self._body()
        self._answer(200, b"", {"ETag": '"0"', "x-amz-version-id": "version"})

    def do_DELETE(self) -> None:
        """S3: deletes everything."""
        self._body()
        self._answer(204, b"", {})

    def handle_expect_100(self) -> bool:
        """Let S3's clients go on at once: they wait a second for this."""
        result = super().handle_expect_100()
        self.wfile.flush()
        return result

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Stay silent."""

    def _result(self, operation: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        if operation == "GetItem":
            item = self._item(body["Key"])
            return {} if item is None else {"Item": item}
        if operation == "UpdateItem":
            return {"Attributes": self._item(body["Key"]) or body["Key"]}
        return _FIXED_RESULTS.get(operation, {})

    def _item(self, key: Mapping[str, Any]) -> Item | None:
        if key.get("id") == {"N": str(PROFILE_ID)}:
            return PROFILE
        return self.users.get(key.get("username", {}).get("S", ""))

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") == "chunked":
            return b"".join(self._chunks())
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def _chunks(self) -> Iterator[bytes]:
        while size := int(self.rfile.readline().partition(b";")[0], 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():  # trailers
            pass

    def _answer(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response_only(status)
        self.send_header("x-amzn-RequestId", "BENCH")
        if "Content-Length" not in headers:
            self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()


_FIXED_RESULTS: Mapping[str, Mapping[str, Any]] = {
    "": {"MessageId": "message"},  # SES has no target
    "GetParameter": {"Parameter": {"Name": "key", "Value": "k" * 64, "Version": 1}},
    "StartExecution": {"executionArn": "arn:aws:states:::execution", "startDate": 1795342800},
}


def _object_headers() -> dict[str, str]:
    return {
        "Content-Type": "image/jpeg",
        "ETag": '"0"',
        "Last-Modified": "Sun, 22 Nov 2026 10:00:00 GMT",
        "x-amz-meta-user-profile-id": str(PROFILE_ID),
        "x-amz-version-id": "version",
    }


def _certificates(folder: Path) -> Path:
    """Make an authority and a certificate for this machine; return a bundle that trusts it.

    The bundle has botocore's certificates too, as loading all of them belongs to a first call.
    """
    authority_key, key = _new_key(), _new_key()
    authority = _certificate("Benchmark CA", authority_key, "Benchmark CA", authority_key)
    certificate = _certificate("localhost", key, "Benchmark CA", authority_key)
    pem = serialization.Encoding.PEM
    (folder / "stub.pem").write_bytes(certificate.public_bytes(pem))
    (folder / "stub.key").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    bundle = folder / "certificates.pem"
    known = (Path(botocore.__file__).parent / "cacert.pem").read_bytes()
    bundle.write_bytes(known + b"\n" + authority.public_bytes(pem))
    return bundle


def _new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _certificate(
    name: str, key: rsa.RSAPrivateKey, issuer: str, issuer_key: rsa.RSAPrivateKey
) -> x509.Certificate:
    now = dt.datetime.now(dt.UTC)
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    return (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(_name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=name == issuer, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        # OpenSSL's strict checks, which Python 3.13 makes by default, ask for these.
        .add_extension(_key_usage(signs_certificates=name == issuer), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()),
            critical=False,
        )
        .sign(issuer_key, hashes.SHA256())
    )


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])
