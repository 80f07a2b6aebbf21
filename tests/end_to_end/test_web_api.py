"""The web API by HTTP: what people do, and what attackers might try."""

import hashlib
import io
import json
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
import requests
import time_machine
from itsdangerous import URLSafeTimedSerializer
from PIL import Image

from tests.end_to_end.web import (
    DEVICE_COOKIE,
    MANY_SIGN_UPS,
    SESSION_COOKIE,
    Person,
    Web,
    cookies_of,
    problem_code,
    result_on,
    session_cookie,
    somebody,
)
from tooling.polling import wait_until
from tooling.web_client import WebClient
from web_api.attempts import SIGN_IN_BY_NETWORK
from web_api.limits import Limit
from web_api.registration import SignUpRules

if TYPE_CHECKING:
    from tests.end_to_end.conftest import Cloud

DAY_SECONDS = 24 * 60 * 60
MAX_UPLOAD_BYTES = 10 * 1024 * 1024
COOL_DOWN_SECONDS = 60
WRONG_PASSWORD = "not the right password at all"
Samples = dict[str, bytes]


@pytest.fixture(autouse=True)
def fresh_attempts(web: Web) -> None:
    web.forget_attempts()


# The whole story


def test_a_person_signs_up_activates_signs_in_and_gets_a_thumbnail(
    cloud: "Cloud", web: Web, samples: Samples
) -> None:
    person = somebody(name='Tom & "Jerry" <b>Mouse</b>')
    client = WebClient(web.origin)

    client.sign_up(person.username, person.name, person.email, person.password)
    link = web.wait_for_link(person)
    assert client.open_link(link.address).result == "ready"
    client.activate(link.address, person.password)
    assert client.profile() == {
        "username": person.username,
        "name": person.name,
        "image": {"state": "none"},
    }
    key = client.upload_picture(samples["rocket.jpg"], "image/jpeg")

    def ready() -> dict[str, Any] | None:
        image: dict[str, Any] = client.profile()["image"]
        return image if image["state"] == "ready" else None

    image = wait_until(ready, "thumbnail", deadline_seconds=60)
    thumbnail = cloud.object(key.replace("original/", "thumbnails/", 1))
    assert thumbnail is not None
    assert thumbnail.image.size == (150, 100)
    assert image["key"] == key
    assert client.fetch(image["thumbnailUrl"]) == thumbnail.data
    sizes = {}
    for one in image["thumbnails"]:
        with Image.open(io.BytesIO(client.fetch(one["url"]))) as found:
            sizes[one["size"]] = found.size
    assert sizes == {150: (150, 100), 300: (300, 200)}
    client.sign_out()


# Signing up


def test_the_password_is_stored_as_its_argon2id_hash_only(cloud: "Cloud", web: Web) -> None:
    person = web.sign_up()

    item = cloud.user(person.username)

    assert item["passwordHash"]["S"].startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert person.password not in json.dumps(item)
    assert item["email"] == {"S": person.email}
    assert item["activationUrlBase"] == {"S": f"{web.origin}/activate"}


def test_after_the_mail_only_the_tokens_hash_is_kept(cloud: "Cloud", web: Web) -> None:
    person, link = web.sign_up_and_get_link()

    item = cloud.user(person.username)

    assert item["activationTokenHash"]["S"] == hashlib.sha256(link.token.encode()).hexdigest()
    assert abs(int(item["activationTokenCreatedAt"]["N"]) - time.time()) < 120
    assert link.token not in json.dumps(item)


def test_a_taken_username_is_refused_and_nothing_is_overwritten(cloud: "Cloud", web: Web) -> None:
    person, _link = web.sign_up_and_get_link()
    before = cloud.user(person.username)
    thief = {**Person(person.username, name="Thief").registration, "email": "thief@example.com"}

    answer = web.post("/users", thief)

    assert answer.status_code == 409
    assert problem_code(answer) == "username-taken"
    assert answer.json()["errors"] == [{"field": "username", "code": "taken", "detail": "taken"}]
    assert cloud.user(person.username) == before


def test_a_user_of_another_application_is_not_overwritten(cloud: "Cloud", web: Web) -> None:
    username = cloud.insert_user()
    before = cloud.wait_for_status(username, "MAIL_SENT")

    answer = web.post("/users", Person(username).registration)

    assert problem_code(answer) == "username-taken"
    assert cloud.user(username) == before


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("username", "Ada Lovelace"),
        ("username", "../../etc"),
        ("name", "line\nbreak"),
        ("name", "win at https://evil.example"),
        ("email", "nobody"),
        ("email", "a@example.com, b@example.com"),
        ("password", "too short"),
        ("password", "password1234"),
        ("password", None),
    ],
)
def test_an_invalid_field_is_named_and_its_value_is_not_repeated(
    web: Web, field: str, value: str | None
) -> None:
    person = somebody()

    answer = web.post("/users", {**person.registration, field: value})

    assert answer.status_code == 422
    assert problem_code(answer) == "validation"
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert json.dumps(value or person.password)[1:-1] not in answer.text


# The link


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("GET", {}),
        ("HEAD", {}),
        ("GET", {"Sec-Purpose": "prefetch"}),
        ("GET", {"Sec-Purpose": "prefetch;prerender", "Purpose": "prefetch"}),
    ],
)
def test_opening_a_link_changes_nothing(
    cloud: "Cloud", web: Web, method: str, headers: dict[str, str]
) -> None:
    person, link = web.sign_up_and_get_link()
    before = cloud.user(person.username)

    answers = [web.request(method, link.path, headers=headers) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert all(result_on(answer) == "ready" for answer in answers if method == "GET")
    assert all(answer.content == b"" for answer in answers if method == "HEAD")
    assert cloud.user(person.username) == before


def test_a_link_works_once_and_makes_the_profile(cloud: "Cloud", web: Web) -> None:
    person, link = web.sign_up_and_get_link()

    body = link.with_password_of(person)
    first = web.post("/activate", body)
    user = cloud.user(person.username)
    second = web.post("/activate", body)
    page = web.get(link.path)

    assert (first.status_code, first.json()) == (200, {"result": "activated"})
    assert user["activationStatus"] == {"S": "DONE"}
    assert {name for name in user if "oken" in name} == {"activationTokenHash"}
    assert web.get("/profile", session=session_cookie(first).value).status_code == 200
    profile_id = int(user["userProfileId"]["N"])
    assert cloud.profile(profile_id) == {
        "id": {"N": str(profile_id)},
        "username": {"S": person.username},
    }
    assert (second.status_code, problem_code(second)) == (409, "already-activated")
    assert (page.status_code, result_on(page)) == (200, "already-activated")
    assert cloud.user(person.username) == user


def test_of_many_clicks_at_once_one_activates(cloud: "Cloud", web: Web) -> None:
    person, link = web.sign_up_and_get_link()

    answers = at_once(8, lambda: web.post("/activate", link.with_password_of(person)))

    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 7
    profiles = cloud.dynamodb.scan(
        TableName=cloud.outputs["user_profile_table_name"],
        FilterExpression="username = :username",
        ExpressionAttributeValues={":username": {"S": person.username}},
    )["Items"]
    assert [profile["id"] for profile in profiles] == [cloud.user(person.username)["userProfileId"]]


def test_a_link_works_without_javascript(cloud: "Cloud", web: Web) -> None:
    person, link = web.sign_up_and_get_link()

    # As browsers send it for a page without a referrer.
    headers = {"Origin": "null", "Sec-Fetch-Site": "same-origin"}
    wrong = web.request(
        "POST", "/activate", data={**link.body, "password": "wrong"}, headers=headers
    )
    form = link.with_password_of(person)
    first = web.request("POST", "/activate", data=form, headers=headers)
    second = web.request("POST", "/activate", data=form, headers=headers)

    assert (wrong.status_code, result_on(wrong)) == (401, "ready")
    assert (first.status_code, result_on(first)) == (200, "signed-in")
    assert (second.status_code, result_on(second)) == (200, "already-activated")
    assert web.get("/profile", session=session_cookie(first).value).status_code == 200
    assert cloud.user(person.username)["activationStatus"] == {"S": "DONE"}


def test_a_wrong_token_activates_nobody(cloud: "Cloud", web: Web) -> None:
    person, link = web.sign_up_and_get_link()
    before = cloud.user(person.username)
    wrong = {"username": person.username, "token": link.token[:-1] + "!"}

    page = web.get("/activate", params=wrong)
    answer = web.post("/activate", wrong)
    # The stored value is not a token either.
    stored = web.post("/activate", {**wrong, "token": before["activationTokenHash"]["S"]})

    assert (page.status_code, result_on(page)) == (403, "wrong-token")
    assert (answer.status_code, problem_code(answer)) == (403, "wrong-token")
    assert problem_code(stored) == "wrong-token"
    assert cloud.user(person.username) == before


def test_a_token_of_somebody_else_activates_nobody(cloud: "Cloud", web: Web) -> None:
    person, _ = web.sign_up_and_get_link()
    _, link = web.sign_up_and_get_link()

    answer = web.post("/activate", {"username": person.username, "token": link.token})

    assert problem_code(answer) == "wrong-token"
    assert cloud.user(person.username)["activationStatus"] == {"S": "MAIL_SENT"}


def test_an_expired_link_activates_nobody(cloud: "Cloud", web: Web) -> None:
    person, link = web.sign_up_and_get_link()
    web.set_back(person, "activationTokenCreatedAt", seconds=DAY_SECONDS + 1)

    page = web.get(link.path)
    answer = web.post("/activate", link.with_password_of(person))

    assert (page.status_code, result_on(page)) == (410, "link-expired")
    assert (answer.status_code, problem_code(answer)) == (410, "link-expired")
    assert cloud.user(person.username)["activationStatus"] == {"S": "MAIL_SENT"}


def test_a_link_of_an_unknown_user_says_so(web: Web) -> None:
    unknown = {"username": somebody().username, "token": "x" * 43}

    page = web.get("/activate", params=unknown)
    answer = web.post("/activate", unknown)

    assert (page.status_code, result_on(page)) == (404, "unknown-user")
    assert (answer.status_code, problem_code(answer)) == (404, "unknown-user")


# Somebody else's address


def test_who_signs_up_with_another_address_gets_nothing_out_of_its_owners_click(
    cloud: "Cloud", web: Web
) -> None:
    attacker, link = web.sign_up_and_get_link()

    click = web.post("/activate", link.body)
    assert (click.status_code, problem_code(click)) == (422, "validation")
    assert problem_code(web.post("/sign-in", attacker.credentials)) == "not-activated"

    # The owner takes the account over. The attacker's password is dead.
    owner = Person(attacker.username, password="violet tractor umbrella")
    answer = web.post("/activate", {**link.body, "newPassword": owner.password})
    assert answer.status_code == 200, answer.text
    assert web.get("/profile", session=session_cookie(answer).value).status_code == 200
    assert problem_code(web.post("/sign-in", attacker.credentials)) == "wrong-credentials"
    web.sign_in(owner)
    assert cloud.user(attacker.username)["activationStatus"] == {"S": "DONE"}


def test_the_owner_of_a_mailbox_refuses_an_account(cloud: "Cloud", web: Web) -> None:
    attacker, link = web.sign_up_and_get_link()

    answer = web.post("/activate/refuse", link.body)
    again = web.post("/activate/refuse", link.body)

    assert (answer.status_code, answer.json()) == (200, {"result": "refused"})
    assert (again.status_code, problem_code(again)) == (404, "unknown-user")
    table, key = cloud.outputs["user_table_name"], {"username": {"S": attacker.username}}
    assert "Item" not in cloud.dynamodb.get_item(TableName=table, Key=key, ConsistentRead=True)
    # The name is free, but this name sends no mail to this mailbox any more.
    assert web.post("/users", attacker.registration).status_code == 201
    assert cloud.user(attacker.username)["mailWithheld"] == {"BOOL": True}


def test_of_a_refusal_and_an_activation_at_once_one_wins(cloud: "Cloud", web: Web) -> None:
    person, link = web.sign_up_and_get_link()

    def activate_or_refuse(is_activation: bool) -> int:
        path = "/activate" if is_activation else "/activate/refuse"
        body = link.with_password_of(person) if is_activation else link.body
        return web.post(path, body).status_code

    with ThreadPoolExecutor(2) as both:
        activated, refused = both.map(activate_or_refuse, (True, False))

    table, key = cloud.outputs["user_table_name"], {"username": {"S": person.username}}
    item = cloud.dynamodb.get_item(TableName=table, Key=key, ConsistentRead=True).get("Item")
    if activated == 200:
        assert refused == 409
        assert item is not None
        assert item["activationStatus"] == {"S": "DONE"}
    else:
        assert (activated, refused) == (404, 200)
        assert item is None


# Another mail


def test_another_mail_has_a_new_link_and_ends_the_former(cloud: "Cloud", web: Web) -> None:
    person, former = web.sign_up_and_get_link()
    web.set_back(person, "registeredAt", seconds=COOL_DOWN_SECONDS + 1)

    answer = ask_for_mail(web, person)
    newer = web.wait_for_link(person, mails=2)
    cloud.wait_for_status(person.username, "MAIL_SENT")

    assert answer.status_code == 202
    assert newer.token != former.token
    assert problem_code(web.post("/activate", former.body)) == "wrong-token"
    assert web.post("/activate", newer.with_password_of(person)).status_code == 200


def test_of_many_requests_at_once_one_sends_a_mail(cloud: "Cloud", web: Web) -> None:
    person, _ = web.sign_up_and_get_link()
    web.set_back(person, "registeredAt", seconds=COOL_DOWN_SECONDS + 1)

    answers = at_once(8, lambda: ask_for_mail(web, person))
    web.wait_for_link(person, mails=2)
    user = cloud.wait_for_status(person.username, "MAIL_SENT")

    assert {answer.status_code for answer in answers} == {202}
    assert user["activationMailRequests"] == {"N": "1"}
    assert len(web.mails_to(person)) == 2


def test_asking_for_mails_cools_down(cloud: "Cloud", web: Web) -> None:
    person, link = web.sign_up_and_get_link()
    after_sign_up = cloud.user(person.username)
    assert ask_for_mail(web, person).status_code == 202
    assert cloud.user(person.username) == after_sign_up

    web.set_back(person, "registeredAt", seconds=COOL_DOWN_SECONDS + 1)
    ask_for_mail(web, person)
    newer = web.wait_for_link(person, mails=2)
    after_mail = cloud.wait_for_status(person.username, "MAIL_SENT")
    assert ask_for_mail(web, person).status_code == 202

    assert cloud.user(person.username) == after_mail
    assert newer.token != link.token
    assert result_on(web.get(newer.path)) == "ready"


def test_asking_for_mails_tells_nobody_who_is_a_user(cloud: "Cloud", web: Web) -> None:
    waiting, _ = web.sign_up_and_get_link()
    active = web.activated()
    unknown = somebody()
    before = cloud.user(active.username)
    web.set_back(waiting, "registeredAt", seconds=COOL_DOWN_SECONDS + 1)

    answers = [ask_for_mail(web, person) for person in (waiting, active, unknown)]

    assert [answer.status_code for answer in answers] == [202, 202, 202]
    assert {answer.text for answer in answers} == {"{}"}
    assert headers_of(answers[0]) == headers_of(answers[1]) == headers_of(answers[2])
    assert cloud.user(active.username) == before
    table = cloud.outputs["user_table_name"]
    key = {"username": {"S": unknown.username}}
    assert "Item" not in cloud.dynamodb.get_item(TableName=table, Key=key)


# Limits on sign-ups


def test_one_mailbox_gets_five_mails_whoever_asks_and_however_it_is_spelled(
    cloud: "Cloud", web: Web
) -> None:
    name = f"flood{uuid.uuid4().hex[:10]}"
    addresses = [
        f"{name}@gmail.com",
        f"{name}+shop@gmail.com",
        f"{name.upper()}@gmail.com",
        f"{name[:3]}.{name[3:]}@googlemail.com",
        f"{name}+again@googlemail.com",
    ]

    def mails() -> list[str]:
        return [mail["to"][0] for mail in cloud.engine.mails() if mail["to"][0] in addresses]

    people = [somebody() for _ in addresses]
    first = [sign_up_at(web, person, at) for person, at in zip(people[:4], addresses, strict=False)]
    for person in people[:4]:
        cloud.wait_for_status(person.username, "MAIL_SENT")
        web.set_back(person, "registeredAt", seconds=COOL_DOWN_SECONDS + 1)
    allowed = ask_for_mail(web, people[0])
    wait_until(lambda: len(mails()) == 5, "the fifth mail", deadline_seconds=60)
    before = cloud.user(people[1].username)
    refused = ask_for_mail(web, people[1])
    withheld = sign_up_at(web, people[4], addresses[4])

    assert {answer.status_code for answer in (*first, withheld)} == {201}
    assert headers_of(withheld) == headers_of(first[0])
    assert (refused.status_code, refused.text) == (allowed.status_code, allowed.text) == (202, "{}")
    assert cloud.user(people[1].username) == before
    execution = cloud.wait_for_execution(people[4].username)
    assert execution["status"] == "SUCCEEDED"
    assert json.loads(execution["output"])["activationMail"]["result"] == "withheld"
    assert cloud.user(people[4].username)["activationStatus"] == {"S": "NONE"}
    assert len(mails()) == 5

    # Later the person asks again.
    web.forget_attempts()
    web.set_back(people[4], "registeredAt", seconds=COOL_DOWN_SECONDS + 1)
    ask_for_mail(web, people[4])
    assert "mailWithheld" not in cloud.wait_for_status(people[4].username, "MAIL_SENT")
    assert mails()[-1] == addresses[4]


def test_one_network_registers_so_many_users_and_tries_so_many_names(
    cloud: "Cloud", web: Web
) -> None:
    rules = SignUpRules(MANY_SIGN_UPS["web_api"]["sign_ups_per_hour"])
    taken = web.sign_up()
    # Failed tries leave the others alone.
    tries = [web.post("/users", taken.registration).status_code for _ in range(5)]
    assert tries == [409] * 5

    use_up(cloud, rules.by_network, but=1)
    last, refused = (web.post("/users", somebody().registration) for _ in range(2))

    assert (last.status_code, refused.status_code) == (201, 429)
    assert problem_code(refused) == "too-many-attempts"
    assert 0 < int(refused.headers["Retry-After"]) <= 3900
    web.forget_attempts()
    web.post("/users", taken.registration)
    use_up(cloud, rules.tries_by_network, but=1)
    assert [web.post("/users", taken.registration).status_code for _ in range(2)] == [409, 429]


def test_of_fifty_sign_ups_for_one_name_at_once_one_succeeds(cloud: "Cloud", web: Web) -> None:
    person = somebody()

    answers = at_once(50, lambda: web.post("/users", person.registration))

    statuses = Counter(answer.status_code for answer in answers)
    assert statuses == {201: 1, 409: 49}
    cloud.wait_for_status(person.username, "MAIL_SENT")
    assert len(web.mails_to(person)) == 1


# Signing in


def test_signing_in_before_activation_helps_the_owner_and_tells_a_stranger_nothing(
    web: Web,
) -> None:
    person, _ = web.sign_up_and_get_link()

    owner = web.post("/sign-in", person.credentials)
    stranger = web.post("/sign-in", {**person.credentials, "password": WRONG_PASSWORD})
    unknown = web.post("/sign-in", somebody().credentials)

    assert (owner.status_code, problem_code(owner)) == (403, "not-activated")
    assert (stranger.status_code, problem_code(stranger)) == (401, "wrong-credentials")
    assert stranger.json() == unknown.json()
    for answer in (owner, stranger, unknown):
        assert "Set-Cookie" not in answer.headers


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(web: Web) -> None:
    person = web.activated()

    answer = web.post("/sign-in", person.credentials)

    cookie = session_cookie(answer)
    assert cookie.key == "__Host-session"
    assert cookie["httponly"] is True
    assert cookie["secure"] is True
    assert cookie["samesite"] == "Strict"
    assert cookie["path"] == "/"
    assert cookie["domain"] == ""
    assert cookie["max-age"] == str(12 * 60 * 60)
    assert answer.json() == {"username": person.username, "name": person.name}
    assert web.get("/profile", session=cookie.value).status_code == 200


def test_signing_out_ends_the_session_for_every_copy_of_the_cookie(web: Web) -> None:
    person = web.activated()
    session, other = web.sign_in(person), web.sign_in(person)

    answer = web.post("/sign-out", {}, session=session)

    assert answer.status_code == 204
    assert session_cookie(answer)["max-age"] == "0"
    assert problem_code(web.get("/profile", session=session)) == "not-signed-in"
    assert web.get("/profile", session=other).status_code == 200


def test_signing_out_everywhere_ends_all_sessions_and_devices(web: Web) -> None:
    person = web.activated()
    here, there = (web.post("/sign-in", person.credentials) for _ in range(2))
    session, other = session_cookie(here).value, session_cookie(there).value

    answer = web.post("/sign-out-everywhere", {}, session=session)
    again = web.post("/sign-out-everywhere", {}, session=other)

    assert answer.status_code == 204
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert {name: cookie["max-age"] for name, cookie in cookies_of(answer).items()} == {
        SESSION_COOKIE: "0",
        DEVICE_COOKIE: "0",
    }
    assert (again.status_code, problem_code(again)) == (401, "not-signed-in")
    for ended in (session, other):
        assert problem_code(web.get("/profile", session=ended)) == "not-signed-in"
    use_up_guesses(web, person)
    device = cookies_of(there)[DEVICE_COOKIE].value
    assert web.post("/sign-in", person.credentials, device=device).status_code == 429


def test_signing_in_ends_the_session_that_the_request_brought(web: Web) -> None:
    person, other = web.activated(), web.activated()
    brought, elsewhere = web.sign_in(person), web.sign_in(person)

    answer = web.post("/sign-in", other.credentials, session=brought)

    assert answer.status_code == 200
    assert problem_code(web.get("/profile", session=brought)) == "not-signed-in"
    assert web.get("/profile", session=elsewhere).status_code == 200
    profile = web.get("/profile", session=session_cookie(answer).value)
    assert profile.json()["username"] == other.username


def test_a_disabled_and_enabled_users_old_session_stays_dead(cloud: "Cloud", web: Web) -> None:
    person = web.activated()
    session = web.sign_in(person)

    change(cloud, person, "SET disabledAt = :now", {":now": {"N": str(int(time.time()))}})
    met = web.get("/profile", session=session)
    sign_in = web.post("/sign-in", person.credentials)
    guess = web.post("/sign-in", {**person.credentials, "password": WRONG_PASSWORD})
    # By hand, without a new sessionGeneration.
    change(cloud, person, "REMOVE disabledAt")

    assert problem_code(met) == "not-signed-in"
    assert (sign_in.status_code, problem_code(sign_in)) == (403, "account-disabled")
    assert (guess.status_code, problem_code(guess)) == (401, "wrong-credentials")
    assert problem_code(web.get("/profile", session=session)) == "not-signed-in"
    assert web.get("/profile", session=web.sign_in(person)).status_code == 200


def test_a_deleted_persons_cookie_never_shows_the_next_owner_of_the_name(
    cloud: "Cloud", web: Web
) -> None:
    person = web.activated()
    # As an account that another application activated.
    change(cloud, person, "REMOVE userProfileId")
    answer = web.post("/sign-in", person.credentials)
    session, device = (cookies_of(answer)[name].value for name in (SESSION_COOKIE, DEVICE_COOKIE))
    assert web.get("/profile", session=session).status_code == 200

    table = cloud.outputs["user_table_name"]
    cloud.dynamodb.delete_item(TableName=table, Key={"username": {"S": person.username}})
    web.post("/users", {**person.registration, "name": "The next owner"})
    change(cloud, person, "SET activationStatus = :done", {":done": {"S": "DONE"}})

    profile = web.get("/profile", session=session)
    assert (profile.status_code, problem_code(profile)) == (401, "not-signed-in")
    assert "The next owner" not in profile.text
    use_up_guesses(web, person)
    assert web.post("/sign-in", person.credentials, device=device).status_code == 429


def test_a_session_without_a_request_for_an_hour_ends(cloud: "Cloud", web: Web) -> None:
    session = web.sign_in(web.activated())

    assert problem_code(web.get("/profile", session=aged(cloud, session, 3601))) == "not-signed-in"
    assert "Set-Cookie" not in web.get("/profile", session=session).headers
    former = aged(cloud, session, 1800)
    for answer in (
        web.get("/profile", session=former),
        web.post("/profile/image", {"contentType": "image/png", "bytes": 1}, session=former),
    ):
        renewed = session_cookie(answer)
        assert answer.status_code == 200
        # Until the same end as before.
        assert contents_of(renewed.value) == contents_of(session)
        assert 12 * 3600 - 300 < int(renewed["max-age"]) <= 12 * 3600
        assert web.get("/profile", session=renewed.value).status_code == 200

    web.post("/sign-out", {}, session=former)
    for copy in (session, renewed.value):
        assert problem_code(web.get("/profile", session=copy)) == "not-signed-in"


def test_of_many_first_sign_ins_at_once_each_begins_a_session(cloud: "Cloud", web: Web) -> None:
    person = web.activated()
    # As a user from before there were generations.
    change(cloud, person, "REMOVE sessionGeneration")

    answers = at_once(8, lambda: web.post("/sign-in", person.credentials))

    assert {answer.status_code for answer in answers} == {200}
    stored = cloud.user(person.username)["sessionGeneration"]["S"]
    for answer in answers:
        assert contents_of(session_cookie(answer).value)["g"] == stored
        assert web.get("/profile", session=session_cookie(answer).value).status_code == 200


def test_a_cookie_that_was_not_signed_here_is_refused(web: Web) -> None:
    session = web.sign_in(web.activated())
    payload, rest = session.split(".", 1)
    content = {"u": "somebody", "s": "x" * 22, "e": int(time.time()) + 1000, "g": "x" * 22}
    forged = URLSafeTimedSerializer("a key of ours", salt="web_api.session").dumps(content)
    assert isinstance(forged, str)
    tampered = [
        f"{flip(payload)}.{rest}",
        f"{payload}.{rest[:-8]}{flip(rest[-8:])}",
        payload,
        forged,
        "x",
        "x" * 4000,
    ]

    answers = [web.get("/profile", session=cookie) for cookie in tampered]

    assert [problem_code(answer) for answer in answers] == ["not-signed-in"] * len(tampered)
    assert web.get("/profile", session=session).status_code == 200


def test_guessing_one_users_password_is_stopped(web: Web) -> None:
    person = web.activated()
    guess = {**person.credentials, "password": WRONG_PASSWORD}

    answers = [web.post("/sign-in", guess) for _ in range(11)]
    right = web.post("/sign-in", person.credentials)

    assert [answer.status_code for answer in answers] == [401] * 10 + [429]
    assert problem_code(answers[-1]) == "too-many-attempts"
    wait = int(answers[-1].headers["Retry-After"])
    assert 0 < wait <= SIGN_IN_BY_NETWORK.seconds + SIGN_IN_BY_NETWORK.part_seconds
    # A right guess meanwhile isn't revealed either.
    assert right.status_code == 429


def test_strangers_guesses_do_not_lock_out_who_has_signed_in_before(web: Web) -> None:
    person, other = web.activated(), web.activated()
    device, others = (
        cookies_of(web.post("/sign-in", somebody.credentials))[DEVICE_COOKIE]
        for somebody in (person, other)
    )
    use_up_guesses(web, person)

    without = web.post("/sign-in", person.credentials)
    with_others = web.post("/sign-in", person.credentials, device=others.value)
    with_own = web.post("/sign-in", person.credentials, device=device.value)

    assert (device["httponly"], device["secure"], device["samesite"]) == (True, True, "Strict")
    assert (device["path"], device["domain"], device["max-age"]) == ("/", "", "7776000")
    assert [without.status_code, with_others.status_code] == [429, 429]
    assert with_own.status_code == 200


def test_a_device_has_a_count_of_its_own(web: Web) -> None:
    person = web.activated()
    guess = {**person.credentials, "password": WRONG_PASSWORD}
    device = cookies_of(web.post("/sign-in", person.credentials))[DEVICE_COOKIE].value

    guesses = [web.post("/sign-in", guess, device=device).status_code for _ in range(11)]

    assert guesses == [401] * 10 + [429]
    assert web.post("/sign-in", person.credentials).status_code == 200


def test_guessing_many_passwords_at_once_is_stopped_too(web: Web) -> None:
    guess = somebody().credentials

    answers = at_once(16, lambda: web.post("/sign-in", guess))

    statuses = [answer.status_code for answer in answers]
    # A refused guess may refuse another one before it is given back.
    assert 1 <= statuses.count(401) <= 10
    assert statuses.count(401) + statuses.count(429) == 16


def test_signing_in_buys_nobody_more_guesses(web: Web) -> None:
    person = web.activated()
    guess = {**person.credentials, "password": WRONG_PASSWORD}

    assert [web.post("/sign-in", guess).status_code for _ in range(9)] == [401] * 9
    assert web.post("/sign-in", person.credentials).status_code == 200
    assert [web.post("/sign-in", guess).status_code for _ in range(2)] == [401, 429]


def test_trying_one_password_on_everybody_is_stopped(cloud: "Cloud", web: Web) -> None:
    web.post("/sign-in", somebody().credentials)
    counter = {"id": {"S": SIGN_IN_BY_NETWORK.of("127.0.0.1").item_id}}
    table = cloud.outputs["web_state_table_name"]
    item = cloud.dynamodb.get_item(TableName=table, Key=counter)["Item"]
    expires_in = int(item.pop("expiresAt")["N"]) - time.time()
    assert SIGN_IN_BY_NETWORK.seconds < expires_in
    assert expires_in <= SIGN_IN_BY_NETWORK.seconds + 2 * SIGN_IN_BY_NETWORK.part_seconds
    [(part, tries)] = [(name, value) for name, value in item.items() if name != "id"]
    assert tries == {"N": "1"}

    # As if 48 more had been made.
    cloud.dynamodb.put_item(TableName=table, Item={**item, part: {"N": "49"}})
    answers = [web.post("/sign-in", somebody().credentials) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [401, 429]


# Pictures


def test_nobody_uploads_or_sees_a_profile_without_a_session(web: Web) -> None:
    upload = web.post("/profile/image", {"contentType": "image/jpeg", "bytes": 1})
    profile = web.get("/profile")

    assert (upload.status_code, problem_code(upload)) == (401, "not-signed-in")
    assert (profile.status_code, problem_code(profile)) == (401, "not-signed-in")


def test_an_upload_is_permitted_for_the_signed_in_users_own_profile(
    cloud: "Cloud", web: Web
) -> None:
    person = web.activated()
    profile_id = cloud.user(person.username)["userProfileId"]["N"]

    upload = web.prepare_upload(web.sign_in(person), b"picture", "image/png")

    assert upload["key"].startswith(f"original/users/{profile_id}/")
    assert upload["key"].endswith(".png")
    assert upload["method"] == "PUT"
    assert upload["headers"]["Content-Type"] == "image/png"
    assert upload["headers"]["x-amz-meta-user-profile-id"] == profile_id
    assert upload["expiresInSeconds"] == 60


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("x-amz-meta-user-profile-id", "1"),
        ("x-amz-meta-upload-permitted-at", "4000000000.000000"),
        ("Content-Type", "text/html"),
        ("If-None-Match", '"0"'),
        ("If-None-Match", None),
        ("x-amz-meta-user-profile-id", None),
        ("x-amz-meta-upload-permitted-at", None),
    ],
)
def test_a_permission_that_was_changed_is_refused(
    cloud: "Cloud", web: Web, samples: Samples, header: str, value: str | None
) -> None:
    picture = samples["rocket.jpg"]
    upload = web.prepare_upload(web.sign_in(web.activated()), picture)
    # Requests leaves out a header that is None.
    changed = {**upload, "headers": {**upload["headers"], header: value}}

    answer = web.send_picture(changed, picture)

    assert answer.status_code == 403, answer.text
    assert "<Code>SignatureDoesNotMatch</Code>" in answer.text
    assert cloud.object(upload["key"]) is None


@pytest.mark.parametrize("header", ["x-amz-meta-surprise", "x-amz-tagging", "x-amz-acl"])
def test_a_permission_takes_no_more_than_was_signed(
    cloud: "Cloud", web: Web, samples: Samples, header: str
) -> None:
    picture = samples["rocket.jpg"]
    upload = web.prepare_upload(web.sign_in(web.activated()), picture)
    more = {**upload, "headers": {**upload["headers"], header: "private"}}

    assert web.send_picture(more, picture).status_code == 403
    assert cloud.object(upload["key"]) is None


@pytest.mark.parametrize("place", ["original/users/1/another.jpg", "thumbnails/users/1/a.jpg"])
def test_a_permission_is_for_its_key_alone(
    cloud: "Cloud", web: Web, samples: Samples, place: str
) -> None:
    picture = samples["rocket.jpg"]
    upload = web.prepare_upload(web.sign_in(web.activated()), picture)
    moved = {**upload, "url": upload["url"].replace(upload["key"], place)}

    assert web.send_picture(moved, picture).status_code == 403
    assert cloud.object(place) is None


@pytest.mark.parametrize("more", [-1, 1, 11 * 1024 * 1024])
def test_a_picture_of_another_length_is_refused(
    cloud: "Cloud", web: Web, samples: Samples, more: int
) -> None:
    picture = samples["rocket.jpg"]
    upload = web.prepare_upload(web.sign_in(web.activated()), picture)

    answer = web.send_picture(upload, picture[:more] if more < 0 else picture + b"x" * more)

    assert answer.status_code == 403, answer.text
    assert "<Code>SignatureDoesNotMatch</Code>" in answer.text
    assert cloud.object(upload["key"]) is None


def test_a_picture_of_a_wrong_length_is_not_permitted(web: Web) -> None:
    session = web.sign_in(web.activated())
    for length in (0, MAX_UPLOAD_BYTES + 1):
        body = {"contentType": "image/jpeg", "bytes": length}
        answer = web.post("/profile/image", body, session=session)
        assert (answer.status_code, problem_code(answer)) == (422, "validation")


def test_a_permission_is_good_for_one_upload(cloud: "Cloud", web: Web, samples: Samples) -> None:
    session = web.sign_in(web.activated())
    first, second = samples["rocket.jpg"], samples["rocket.jpg"][::-1]
    upload = web.prepare_upload(session, first)
    assert web.send_picture(upload, first).status_code == 200

    answer = web.send_picture(upload, second)

    assert answer.status_code == 412, answer.text
    assert web.wait_for_image(session, "ready")["key"] == upload["key"]
    stored = cloud.object(upload["key"])
    assert stored is not None
    assert stored.data == first


def test_a_permission_is_used_up_once_its_picture_is_replaced(
    cloud: "Cloud", web: Web, samples: Samples
) -> None:
    session = web.sign_in(web.activated())
    picture = samples["rocket.jpg"]
    upload = web.prepare_upload(session, picture)
    assert web.send_picture(upload, picture).status_code == 200
    web.wait_for_image(session, "ready")
    key = web.upload(session, picture)
    # Below a delete marker, so that S3 takes another picture under the key.
    wait_until(lambda: cloud.object(upload["key"]) is None, "removal", deadline_seconds=60)

    assert web.send_picture(upload, picture).status_code == 200

    wait_until(lambda: cloud.object(upload["key"]) is None, "deletion", deadline_seconds=60)
    assert web.wait_for_image(session, "ready")["key"] == key
    assert versions_of(cloud, upload["key"]) == 1


def test_a_permission_ends_with_the_sign_out(cloud: "Cloud", web: Web, samples: Samples) -> None:
    person = web.activated()
    session = web.sign_in(person)
    picture = samples["rocket.jpg"]
    upload = web.prepare_upload(session, picture)
    assert web.post("/sign-out", {}, session=session).status_code == 204
    # S3's times are in whole seconds: within one, nobody can say which was first.
    time.sleep(1.1)

    assert web.send_picture(upload, picture).status_code == 200

    wait_until(lambda: cloud.object(upload["key"]) is None, "deletion", deadline_seconds=60)
    assert versions_of(cloud, upload["key"]) == 0
    # Who signs in again uploads again.
    session = web.sign_in(person)
    assert web.image(session) == {"state": "none"}
    key = web.upload(session, picture)
    assert web.wait_for_image(session, "ready")["key"] == key


def versions_of(cloud: "Cloud", key: str) -> int:
    """The stored versions of an object, delete markers not included."""
    listed = cloud.s3.list_object_versions(Bucket=cloud.bucket, Prefix=key)
    return len(listed.get("Versions", []))


def test_the_thumbnail_is_processed_and_then_ready(
    cloud: "Cloud", web: Web, samples: Samples
) -> None:
    session = web.sign_in(web.activated())
    assert web.image(session) == {"state": "none"}

    key = web.upload(session, samples["cat.png"], "image/png")
    states: list[str] = []

    def ready() -> bool:
        image = web.image(session)
        if image["state"] not in states:
            states.append(image["state"])
        return "ready" in states

    wait_until(ready, "thumbnail", deadline_seconds=60, interval_seconds=0.01)

    # In this order, though a quick one may be ready before anybody looks.
    assert states == [state for state in ("none", "processing", "ready") if state in states]
    link = web.image(session)["thumbnailUrl"]
    thumbnail = cloud.object(key.replace("original/", "thumbnails/", 1))
    assert thumbnail is not None
    assert requests.get(link, timeout=60).content == thumbnail.data
    assert "X-Amz-Expires=300" in urlsplit(link).query


def test_a_picture_shows_as_processing_until_its_thumbnail_is_made(
    cloud: "Cloud", web: Web, samples: Samples
) -> None:
    person = web.activated()
    session = web.sign_in(person)
    key = web.upload(session, samples["rocket.jpg"])
    web.wait_for_image(session, "ready")

    # A further picture has just been set, without a result yet.
    cloud.dynamodb.update_item(
        TableName=cloud.outputs["user_profile_table_name"],
        Key={"id": cloud.user(person.username)["userProfileId"]},
        UpdateExpression="SET thumbnail = :former",
        ExpressionAttributeValues={":former": {"S": "thumbnails/users/1/former.jpg"}},
    )

    assert web.image(session) == {"state": "processing", "key": key}


def test_a_file_that_is_no_image_fails_with_a_reason(web: Web, samples: Samples) -> None:
    session = web.sign_in(web.activated())

    key = web.upload(session, b"This is no picture.")
    failed = web.wait_for_image(session, "failed")

    assert failed["key"] == key
    assert failed["reason"]
    assert "thumbnailUrl" not in failed
    # And a real picture afterwards replaces the failure.
    web.upload(session, samples["rocket.jpg"])
    assert "reason" not in web.wait_for_image(session, "ready")


def test_everybody_sees_their_own_picture_only(web: Web, samples: Samples) -> None:
    mine, theirs = web.sign_in(web.activated()), web.sign_in(web.activated())
    web.upload(mine, samples["rocket.jpg"])
    web.wait_for_image(mine, "ready")

    assert web.image(theirs) == {"state": "none"}


# For all routes


def test_a_page_of_another_site_is_refused(cloud: "Cloud", web: Web) -> None:
    person = somebody()
    foreign = {"Origin": "https://evil.example"}

    answers = [
        web.post("/users", person.registration, headers=foreign),
        web.post("/sign-in", person.credentials, headers=foreign),
        web.post("/sign-out", {}, headers=foreign),
        web.post("/activate", {"username": "x", "token": "x"}, headers=foreign),
        web.post("/users", person.registration, headers={"Origin": "null"}),
    ]

    assert [answer.status_code for answer in answers] == [403] * len(answers)
    assert {problem_code(answer) for answer in answers} == {"forbidden-origin"}
    table, key = cloud.outputs["user_table_name"], {"username": {"S": person.username}}
    assert "Item" not in cloud.dynamodb.get_item(TableName=table, Key=key)


def test_no_other_site_may_read_an_answer(web: Web) -> None:
    answer = web.get("/", headers={"Origin": "https://evil.example"})

    assert not [name for name in answer.headers if name.startswith("Access-Control-")]


def test_a_wrong_host_is_refused(web: Web) -> None:
    # Without its port: another host reaches no API, neither here nor at API Gateway.
    answer = web.get("/", headers={"Host": web.host.partition(":")[0]})

    assert (answer.status_code, problem_code(answer)) == (421, "wrong-host")


@pytest.mark.parametrize(
    ("request_line", "options", "status", "code"),
    [
        ("GET /nowhere", {}, 404, "not-found"),
        ("GET /assets/..%2Fhandler.py", {}, 404, "not-found"),
        ("POST /sign-in%0A", {"json": {}}, 404, "not-found"),
        ("DELETE /users", {}, 405, "method-not-allowed"),
        ("POST /users", {"data": "username=ada"}, 415, "unsupported-media-type"),
        ("POST /users", {"json": {"name": "x" * 20_000}}, 413, "body-too-large"),
        ("POST /users/No/activation-mail", {"json": {}}, 422, "validation"),
    ],
)
def test_what_is_refused_is_told_as_a_problem(
    web: Web, request_line: str, options: dict[str, Any], status: int, code: str
) -> None:
    method, path = request_line.split()
    headers = {"Content-Type": "text/plain"} if "data" in options else {}

    answer = web.request(method, path, headers=headers, **options)

    assert (answer.status_code, problem_code(answer)) == (status, code)


@pytest.mark.parametrize("path", ["/", "/activate", "/assets/app.js", "/profile", "/nowhere"])
def test_every_answer_has_the_security_headers(web: Web, path: str) -> None:
    headers = web.get(path).headers

    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cache-Control"] == ("no-cache" if path.startswith("/assets") else "no-store")
    policy = dict(
        directive.split(" ", 1) for directive in headers["Content-Security-Policy"].split("; ")
    )
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert "unsafe" not in headers["Content-Security-Policy"]


def test_no_log_holds_a_token_a_password_or_a_mail_address(cloud: "Cloud", web: Web) -> None:
    """The functions' logs: the engine writes no access log, whose format is Terraform's."""
    person, link = web.sign_up_and_get_link(password="a password to look for")
    web.get(link.path)
    web.post("/activate", {**link.body, "token": "wrong-token-to-look-for"})
    web.post("/activate", {**link.body, "newPassword": "to look for"})
    web.post("/activate", link.with_password_of(person))
    web.post("/sign-in", {**person.credentials, "password": "wrong password to look for"})
    session = web.sign_in(person)
    web.post("/users", {**person.registration, "email": "refused-to-look-for"})
    web.post("/sign-out", {}, session=session)

    log = wait_until(
        lambda: text if person.username in (text := all_logs(cloud)) else None, "log of the story"
    )

    assert "Request answered" in log
    for secret in (link.token, session, person.email, "to look for", "to-look-for", "%40example"):
        assert secret not in log


def at_once(times: int, send: Callable[[], requests.Response]) -> list[requests.Response]:
    """Send the same request several times at one moment."""
    start = threading.Barrier(times)

    def wait_and_send(_number: int) -> requests.Response:
        start.wait(timeout=60)
        return send()

    with ThreadPoolExecutor(max_workers=times) as threads:
        return list(threads.map(wait_and_send, range(times)))


def use_up_guesses(web: Web, person: Person) -> None:
    """Let strangers guess until the network's guesses at a person are used up."""
    web.forget_attempts()
    guess = {**person.credentials, "password": WRONG_PASSWORD}
    answers = [web.post("/sign-in", guess) for _ in range(11)]
    assert answers[-1].status_code == 429


def change(
    cloud: "Cloud", person: Person, update: str, values: dict[str, Any] | None = None
) -> None:
    """Change a person's item, as an operator may by hand."""
    cloud.dynamodb.update_item(
        TableName=cloud.outputs["user_table_name"],
        Key={"username": {"S": person.username}},
        UpdateExpression=update,
        **({"ExpressionAttributeValues": values} if values else {}),
    )


def contents_of(cookie: str) -> dict[str, Any]:
    """What a session's cookie holds, without a look at its signature."""
    return dict(URLSafeTimedSerializer("any").loads_unsafe(cookie)[1])


def aged(cloud: "Cloud", session: str, seconds: int) -> str:
    """A session's cookie as if it had been signed some time ago."""
    ssm = cloud.engine.client("ssm")
    name = next(
        found["Name"]
        for found in ssm.describe_parameters()["Parameters"]
        if found["Name"].endswith("/web-api-session-key")
    )
    key = ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]
    serializer = URLSafeTimedSerializer(
        key,
        salt="web_api.session",
        signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256},
    )
    with time_machine.travel(time.time() - seconds, tick=False):
        return str(serializer.dumps(contents_of(session)))


def ask_for_mail(web: Web, person: Person) -> requests.Response:
    return web.post(f"/users/{person.username}/activation-mail", {})


def sign_up_at(web: Web, person: Person, email: str) -> requests.Response:
    return web.post("/users", {**person.registration, "email": email})


def use_up(cloud: "Cloud", limit: Limit, *, but: int) -> None:
    """Set this machine's count, which there is already, as if so many uses only were left."""
    table = cloud.outputs["web_state_table_name"]
    key = {"id": {"S": limit.of("127.0.0.1").item_id}}
    item = cloud.dynamodb.get_item(TableName=table, Key=key)["Item"]
    newest = max(name for name in item if name.startswith("part"))
    most = {"N": str(limit.most - but)}
    cloud.dynamodb.put_item(
        TableName=table, Item={**key, newest: most, "expiresAt": item["expiresAt"]}
    )


def headers_of(answer: requests.Response) -> dict[str, str]:
    """A response's headers without those that change each time."""
    each_time = {"date", "apigw-requestid"}
    return {name: value for name, value in answer.headers.items() if name.lower() not in each_time}


def flip(text: str) -> str:
    """A text with its first character changed to another Base64 character."""
    return ("A" if text[0] != "A" else "B") + text[1:]


def all_logs(cloud: "Cloud") -> str:
    logs = cloud.engine.client("logs")
    groups = [group["logGroupName"] for group in logs.describe_log_groups()["logGroups"]]
    pages = (
        page
        for group in groups
        for page in logs.get_paginator("filter_log_events").paginate(logGroupName=group)
    )
    return "\n".join(event["message"] for page in pages for event in page["events"])
