"""Uses the web API as a browser does: follows links, keeps the API's cookies, uploads.

Two things differ between browsers and Python at the local cloud. Browsers resolve names below
`localhost` to this machine, so this client connects to 127.0.0.1 and sends the name as `Host`.
Browsers also send Secure cookies to `localhost`; Python's cookie jars don't, so this client keeps
the cookies itself.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any, NoReturn
from urllib.parse import parse_qs, urlsplit

import requests

from tooling.errors import ToolingError
from tooling.loopback import LOOPBACK

SESSION_COOKIE = "__Host-session"
_TIMEOUT_SECONDS = 60.0
_PUT = "PUT of the picture"


class RefusedError(ToolingError):
    """The API refused a request with a problem document (RFC 9457).

    Attributes:
        status: the HTTP status.
        code: the end of the document's `type`, such as `not-activated`.
        detail: the document's `detail`, a sentence for people.
    """

    def __init__(self, request: str, status: int, code: str, detail: str) -> None:
        super().__init__(f"{request} was refused: {status} {code}: {detail}")
        self.status = status
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class ActivationPage:
    """The page behind an activation link: the HTTP status and its `data-result`."""

    status: int
    result: str


@dataclass(frozen=True, slots=True)
class Upload:
    """The permission of one upload: where to PUT the picture, with which headers, and its key."""

    url: str = field(repr=False)
    headers: Mapping[str, str]
    key: str


class WebClient:
    """One person's browser at the web API.

    Every method raises a RefusedError if the API refuses, and another ToolingError if there is no
    response or an unexpected one.

    Args:
        api_url: such as `https://abc.execute-api.eu-central-1.amazonaws.com`, or at the local cloud
            `http://abc.execute-api.localhost:4566`.
    """

    def __init__(self, api_url: str) -> None:
        parts = urlsplit(api_url)
        is_local = parts.scheme == "http" and parts.port is not None
        if not (is_local or (parts.scheme == "https" and parts.hostname)):
            raise ToolingError(f"{api_url!r} is neither https nor an address of the local cloud")
        self.origin = f"{parts.scheme}://{parts.netloc}"
        self._connect_to = f"http://{LOOPBACK}:{parts.port}" if is_local else self.origin
        self.host = parts.netloc
        self._cookies: dict[str, str] = {}
        self._http = requests.Session()
        # Proxies and CAs of the environment are for AWS alone.
        self._http.trust_env = not is_local
        # Without this, requests would send what .netrc has for the host.
        self._http.auth = _send_as_it_is

    def get(self, path: str, *, host: str = "") -> requests.Response:
        """The response to a GET, whatever it is; `host` takes the place of the API's."""
        return self._request("GET", path, headers={"Host": host} if host else None)

    def sign_up(self, username: str, name: str, email: str, password: str) -> None:
        """Register a user."""
        user = {"username": username, "name": name, "email": email, "password": password}
        self._post("/users", user, 201)

    def find_link(self, text: str) -> str:
        """The activation link in the text of a mail."""
        for address in re.findall(r"https?://\S+", text):
            if address.startswith(f"{self.origin}/activate?"):
                return str(address)
        raise ToolingError(f"the mail holds no link to {self.origin}/activate")

    def open_link(self, link: str) -> ActivationPage:
        """Open an activation link: it shows a page and changes nothing."""
        request = "GET /activate"
        answer = self._request("GET", link.removeprefix(self.origin))
        result = re.search(r'data-result="([a-z-]+)"', answer.text)
        if result is None:
            _unexpected(request, answer)
        return ActivationPage(answer.status_code, result[1])

    def activate(self, link: str, password: str) -> None:
        """Activate with the password, as the page behind the link does, and keep the session."""
        query = parse_qs(urlsplit(link).query, keep_blank_values=True)
        try:
            (username,), (token,) = query["username"], query["token"]
        except (KeyError, ValueError) as error:
            raise ToolingError("the link holds no username and token") from error
        self._post("/activate", {"username": username, "token": token, "password": password}, 200)
        self._expect_session()

    def sign_in(self, username: str, password: str) -> None:
        """Sign in, and keep the session."""
        self._post("/sign-in", {"username": username, "password": password}, 200)
        self._expect_session()

    def sign_out(self) -> None:
        """Sign out, and forget the session."""
        self._post("/sign-out", {}, 204)
        self._cookies.pop(SESSION_COOKIE, None)

    def upload_picture(self, data: bytes, content_type: str) -> str:
        """Ask for permission of one upload, send the picture, and return its key."""
        upload = self.permit_upload(content_type, len(data))
        self.send_picture(upload, data)
        return upload.key

    def permit_upload(self, content_type: str, length: int) -> Upload:
        """Ask for permission of one upload."""
        body = {"contentType": content_type, "bytes": length}
        found = _json_of(self._post("/profile/image", body, 200))
        return Upload(str(found["url"]), dict(found["headers"]), str(found["key"]))

    def send_picture(self, upload: Upload, data: bytes) -> None:
        """Send a picture from the page, as the permission says."""
        self._ask_for_cors(upload)
        answer = self.put_picture(upload, data)
        _expect(_PUT, answer, 200)
        self._expect_cors(answer)

    def put_picture(self, upload: Upload, data: bytes) -> requests.Response:
        """The response to sending a picture from the page, whatever it is."""
        headers = {**upload.headers, "Origin": self.origin}
        return self._send("PUT", upload.url, data=data, headers=headers)

    def profile(self) -> dict[str, Any]:
        """The signed-in person's profile, with the picture's state under `image`."""
        answer = self._request("GET", "/profile")
        _expect("GET /profile", answer, 200)
        return _json_of(answer)

    def fetch(self, link: str) -> bytes:
        """The object behind a link to the bucket."""
        answer = self.get_object(link)
        _expect("GET of the picture's link", answer, 200)
        return answer.content

    def get_object(self, url: str) -> requests.Response:
        """The response to a GET at the bucket or a public address, whatever it is."""
        parts = urlsplit(url)
        if not (parts.hostname or "").endswith(".localhost"):
            return self._send("GET", url)
        here = parts._replace(netloc=f"{LOOPBACK}:{parts.port}").geturl()
        return self._send("GET", here, headers={"Host": parts.netloc})

    def _expect_session(self) -> None:
        if SESSION_COOKIE not in self._cookies:
            raise ToolingError(f"the API set no cookie {SESSION_COOKIE}")

    def _post(self, path: str, body: dict[str, Any], status: int) -> requests.Response:
        answer = self._request("POST", path, json=body, headers={"Origin": self.origin})
        _expect(f"POST {path}", answer, status)
        return answer

    def _ask_for_cors(self, upload: Upload) -> None:
        """Ask as browsers do whether the page may send these headers."""
        asked = {
            "Origin": self.origin,
            "Access-Control-Request-Method": "PUT",
            "Access-Control-Request-Headers": ",".join(sorted(map(str.lower, upload.headers))),
        }
        self._expect_cors(self._send("OPTIONS", upload.url, headers=asked))

    def _expect_cors(self, answer: requests.Response) -> None:
        if answer.headers.get("Access-Control-Allow-Origin") not in (self.origin, "*"):
            raise ToolingError(
                f"{_PUT}: the bucket has no CORS rule for {self.origin} with these headers, "
                "so a browser doesn't send it for the page"
            )

    def _request(
        self,
        method: str,
        path: str,
        *,
        headers: dict[str, str] | None = None,
        **options: Any,  # noqa: ANN401 - those of requests
    ) -> requests.Response:
        """Send a request to the API with its cookies, and keep those that it sets."""
        sent = {"Host": self.host, **(headers or {})}
        if self._cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        answer = self._send(method, self._connect_to + path, headers=sent, **options)
        self._cookies.update(_cookies_of(answer))
        return answer

    def _send(self, method: str, url: str, **options: Any) -> requests.Response:  # noqa: ANN401 - those of requests
        try:
            return self._http.request(
                method, url, timeout=_TIMEOUT_SECONDS, allow_redirects=False, **options
            )
        except requests.RequestException as error:
            # Without the whole address, which may hold a token or a signature.
            raise ToolingError(f"{method} {urlsplit(url).path}: {type(error).__name__}") from error


def _send_as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _expect(request: str, answer: requests.Response, status: int) -> None:
    if answer.status_code != status:
        _unexpected(request, answer)


def _json_of(answer: requests.Response) -> dict[str, Any]:
    found = answer.json()
    if not isinstance(found, dict):
        raise ToolingError(f"the API's response is not a JSON object: {answer.text[:200]!r}")
    return found


def _unexpected(request: str, answer: requests.Response) -> NoReturn:
    if answer.headers.get("Content-Type", "").startswith("application/problem+json"):
        problem = answer.json()
        code = str(problem["type"]).rsplit("/", 1)[-1]
        raise RefusedError(request, answer.status_code, code, str(problem.get("detail", "")))
    raise ToolingError(f"{request} answered {answer.status_code}: {answer.text[:500]}")


def _cookies_of(answer: requests.Response) -> dict[str, str]:
    """A response's cookies, if a browser would accept their `__Host-` names.

    RFC 6265bis, 4.1.3.2.
    """
    found = {}
    # Not answer.headers, which joins the headers of several cookies.
    for header in answer.raw.headers.getlist("Set-Cookie"):
        for name, cookie in SimpleCookie(header).items():
            if not cookie["secure"] or cookie["path"] != "/" or cookie["domain"]:
                raise ToolingError(f"a browser would not accept the cookie {name}")
            found[name] = cookie.value
    return found
