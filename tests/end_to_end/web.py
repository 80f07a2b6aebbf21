"""Helpers for the tests of the web API: raw requests, people, links."""

import re
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookies import Morsel, SimpleCookie
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qs, urlsplit

import requests
from requests.adapters import HTTPAdapter

if TYPE_CHECKING:
    from local_cloud.engine.mails import Mail
    from tests.end_to_end.conftest import Cloud

SESSION_COOKIE = "__Host-session"
DEVICE_COOKIE = "__Host-device"
PASSWORD = "correct horse battery staple"
ARRIVAL_SECONDS = 60.0
# How the ids of counts in the table web-state begin.
COUNTS = ("activation#", "sign-in#", "sign-up#", "mail#")
# For the stacks of tests: everybody in them signs up from one address.
MANY_SIGN_UPS = {"web_api": {"sign_ups_per_hour": 10_000}}


@dataclass(frozen=True, slots=True)
class Person:
    """A person who signs up."""

    username: str
    name: str = "Ada Lovelace"
    password: str = field(default=PASSWORD, repr=False)

    @property
    def email(self) -> str:
        return f"{self.username}@example.com"

    @property
    def registration(self) -> dict[str, str]:
        """The body of the request that signs up."""
        return {
            "username": self.username,
            "name": self.name,
            "email": self.email,
            "password": self.password,
        }

    @property
    def credentials(self) -> dict[str, str]:
        """The body of the request that signs in."""
        return {"username": self.username, "password": self.password}


def unique_username(prefix: str) -> str:
    """A username that no other test uses.

    A letter leads its random part: mails leave out what is all digits, like a telephone number.
    """
    return f"{prefix}u{uuid.uuid4().hex[:10]}"


def somebody(**attributes: str) -> Person:
    """A person whose username no other test uses."""
    return Person(**{"username": unique_username("web-"), **attributes})


@dataclass(frozen=True, slots=True)
class Link:
    """An activation link in a mail."""

    address: str

    @property
    def path(self) -> str:
        """The path with its query."""
        parts = urlsplit(self.address)
        return f"{parts.path}?{parts.query}"

    @property
    def body(self) -> dict[str, str]:
        """The body that the page behind the link posts."""
        query = parse_qs(urlsplit(self.address).query, strict_parsing=True)
        return {name: values[0] for name, values in query.items()}

    @property
    def token(self) -> str:
        return self.body["token"]

    def with_password_of(self, person: Person) -> dict[str, str]:
        """The body that the page posts with a person's password."""
        return {**self.body, "password": person.password}


class Web:
    """The web API on the local cloud.

    Unlike local_cloud's WebClient, which does what a person does, it returns whole responses, and
    sends requests that no page would.
    """

    def __init__(self, cloud: "Cloud") -> None:
        self.cloud = cloud
        self.origin = str(cloud.outputs["web_api_url"])
        parts = urlsplit(self.origin)
        self.host = parts.netloc
        # Python can't resolve names below localhost: connect to the address, send the name as Host.
        self.address = f"http://127.0.0.1:{parts.port}"
        self.http = requests.Session()
        # Ignore proxies and .netrc.
        self.http.trust_env = False
        # Tests with many threads use it, too.
        self.http.mount("http://", HTTPAdapter(pool_maxsize=32))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    # Requests

    def request(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        session: str | None = None,
        device: str | None = None,
        **options: Any,  # noqa: ANN401 - those of requests
    ) -> requests.Response:
        """Send a request; `session` and `device` are the values of these cookies."""
        sent = {"Host": self.host, **(headers or {})}
        values = {SESSION_COOKIE: session, DEVICE_COOKIE: device}
        cookies = [f"{name}={value}" for name, value in values.items() if value is not None]
        if cookies:
            sent["Cookie"] = "; ".join(cookies)
        return self.http.request(
            method,
            self.address + path,
            headers=sent,
            timeout=60,
            allow_redirects=False,
            **options,
        )

    def get(self, path: str, **options: Any) -> requests.Response:  # noqa: ANN401 - requests' own options
        return self.request("GET", path, **options)

    def post(self, path: str, body: object, **options: Any) -> requests.Response:  # noqa: ANN401 - requests' own options
        return self.request("POST", path, json=body, **options)

    # People

    def sign_up(self, **attributes: str) -> Person:
        """Register a new person."""
        person = somebody(**attributes)
        answer = self.post("/users", person.registration)
        assert answer.status_code == 201, answer.text
        return person

    def mails_to(self, person: Person) -> "list[Mail]":
        return [mail for mail in self.cloud.engine.mails() if mail["to"] == [person.email]]

    def wait_for_link(self, person: Person, *, mails: int = 1) -> Link:
        """The link in the newest mail to a person, once there are this many."""
        found = self.cloud.wait_until(
            lambda: mail[-1] if len(mail := self.mails_to(person)) >= mails else None,
            f"mail {mails} to {person.username}",
            deadline_seconds=ARRIVAL_SECONDS,
        )
        addresses = re.findall(r"https?://\S+", found["text"])
        assert len(addresses) == 1, found["text"]
        return Link(addresses[0])

    def sign_up_and_get_link(self, **attributes: str) -> tuple[Person, Link]:
        """A new person, whose status is MAIL_SENT, and the link in the mail."""
        person = self.sign_up(**attributes)
        link = self.wait_for_link(person)
        self.cloud.wait_for_status(person.username, "MAIL_SENT")
        return person, link

    def activated(self, **attributes: str) -> Person:
        """A new person who has followed the link and given the password."""
        person, link = self.sign_up_and_get_link(**attributes)
        answer = self.post("/activate", link.with_password_of(person))
        assert answer.status_code == 200, answer.text
        return person

    def sign_in(self, person: Person) -> str:
        """The value of a new session's cookie."""
        answer = self.post("/sign-in", person.credentials)
        assert answer.status_code == 200, answer.text
        return session_cookie(answer).value

    # Uploads

    def prepare_upload(
        self, session: str, data: bytes, content_type: str = "image/jpeg"
    ) -> dict[str, Any]:
        """Permission for one upload of this picture."""
        body = {"contentType": content_type, "bytes": len(data)}
        answer = self.post("/profile/image", body, session=session)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def send_picture(self, upload: Mapping[str, Any], data: bytes) -> requests.Response:
        """Send a picture as the permission says."""
        return self.http.put(upload["url"], data=data, headers=upload["headers"], timeout=60)

    def upload(self, session: str, data: bytes, content_type: str = "image/jpeg") -> str:
        """Upload a picture; return its key."""
        upload = self.prepare_upload(session, data, content_type)
        answer = self.send_picture(upload, data)
        assert answer.status_code == 200, answer.text
        return str(upload["key"])

    def image(self, session: str) -> dict[str, Any]:
        """The picture's state in the profile."""
        answer = self.get("/profile", session=session)
        assert answer.status_code == 200, answer.text
        return dict(answer.json()["image"])

    def wait_for_image(self, session: str, state: str) -> dict[str, Any]:
        def in_state() -> dict[str, Any] | None:
            image = self.image(session)
            return image if image["state"] == state else None

        return self.cloud.wait_until(in_state, f"image {state}", deadline_seconds=ARRIVAL_SECONDS)

    # Items in the tables

    def set_back(self, person: Person, attribute: str, *, seconds: int) -> None:
        """Move times of a person's account into the past."""
        self.cloud.dynamodb.update_item(
            TableName=self.cloud.outputs["user_table_name"],
            Key={"username": {"S": person.username}},
            UpdateExpression="SET #attribute = :then",
            ExpressionAttributeNames={"#attribute": attribute},
            ExpressionAttributeValues={":then": {"N": str(int(time.time()) - seconds)}},
        )

    def forget_attempts(self) -> None:
        """Reset all counts of attempts and mails, as all tests come from one address."""
        table = self.cloud.outputs["web_state_table_name"]
        pages = self.cloud.dynamodb.get_paginator("scan").paginate(TableName=table)
        for item in [item for page in pages for item in page["Items"]]:
            if item["id"]["S"].startswith(COUNTS):
                self.cloud.dynamodb.delete_item(TableName=table, Key={"id": item["id"]})


def cookies_of(answer: requests.Response) -> dict[str, "Morsel[str]"]:
    """The cookies of a response by their names."""
    headers = answer.raw.headers.getlist("Set-Cookie")
    return {name: cookie for header in headers for name, cookie in SimpleCookie(header).items()}


def session_cookie(answer: requests.Response) -> "Morsel[str]":
    """The session's cookie from a response."""
    return cookies_of(answer)[SESSION_COOKIE]


def problem_code(answer: requests.Response) -> str:
    """The code of the problem in a response, after checking its form (RFC 9457)."""
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == answer.status_code
    assert problem["title"]
    assert problem["detail"]
    return str(problem["type"]).removeprefix("/problems/")


def result_on(answer: requests.Response) -> str:
    """The result on an activation page."""
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    found = re.search(r'id="activation-result" data-result="([a-z-]+)"', answer.text)
    assert found is not None, answer.text
    return found[1]
