"""The guarantees of tests/conftest.py for every test."""

import os
import socket

import boto3
import pytest
from pytest_socket import SocketConnectBlockedError


def test_a_test_carries_the_marker_of_its_folder(request: pytest.FixtureRequest) -> None:
    markers = {marker.name for marker in request.node.iter_markers()}
    assert "unit" in markers
    assert not {"packaging", "state_machine", "terraform", "end_to_end"} & markers


@pytest.mark.filterwarnings("ignore:A test tried to use socket")  # warned before it is blocked
@pytest.mark.parametrize("address", ["192.0.2.1", "169.254.169.254", "2001:db8::1"])
def test_no_socket_leaves_this_machine(address: str) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as connection, pytest.raises(SocketConnectBlockedError):
        connection.connect((address, 80))


def test_loopback_and_unix_sockets_are_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname(), timeout=5).close()
    with (
        socket.socket(socket.AF_UNIX) as connection,
        pytest.raises(FileNotFoundError),  # and not because it was blocked
    ):
        connection.connect("no-such-socket")


def test_nothing_of_the_users_aws_is_left() -> None:
    session = boto3.Session()
    credentials = session.get_credentials()
    assert credentials is not None
    assert (credentials.access_key, credentials.token) == ("testing", None)
    assert session.region_name == "eu-central-1"
    assert session.available_profiles == []
    assert "AWS_PROFILE" not in os.environ
    assert "AWS_ENDPOINT_URL" not in os.environ
