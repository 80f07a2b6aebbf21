"""The page in a real browser: from the sign-up to the thumbnail, with all that may go wrong."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.end_to_end.browser import (
    DESKTOP,
    PATIENCE_MS,
    PHONE,
    Watch,
    accessibility_violations,
    chromium,
    find_chromium,
    take_screenshot,
)
from tests.end_to_end.conftest import SAMPLES
from tests.end_to_end.web import SESSION_COOKIE, Link, Person, Web, somebody, unique_username

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, Route

    from tests.end_to_end.conftest import Cloud

PHOTOGRAPH = SAMPLES / "rocket.jpg"
COOL_DOWN_SECONDS = 60
DAY_SECONDS = 24 * 60 * 60


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    # The time-out of each `expect`; each call has its own default.
    expect.set_options(timeout=PATIENCE_MS)
    with chromium() as browser:
        yield browser


@pytest.fixture
def context(browser: "Browser") -> "Iterator[BrowserContext]":
    """A new browser window, without cookies, on a light desktop."""
    context = browser.new_context(
        viewport=DESKTOP, color_scheme="light", reduced_motion="reduce", locale="en-GB"
    )
    context.set_default_timeout(PATIENCE_MS)
    yield context
    context.close()


@pytest.fixture
def watch(cloud: "Cloud", web: Web, context: "BrowserContext") -> Iterator[Watch]:
    """No page in any test calls a foreign host, violates its policy or throws an error."""
    watch = Watch()
    watch.over(context)
    yield watch
    ours = {web.host, *map(address_of, (cloud.engine.endpoint_url, cloud.engine.inbox_url))}
    assert watch.hosts <= ours
    # Browsers log the API's refusals as errors, and some tests provoke refusals.
    refused = "Failed to load resource"
    assert [found for found in watch.complaints if not found.startswith(refused)] == []


@pytest.fixture
def page(context: "BrowserContext", watch: Watch) -> "Page":  # noqa: ARG001 - must watch before it opens
    return context.new_page()


@pytest.fixture(autouse=True)
def fresh_attempts(web: Web) -> None:
    web.forget_attempts()


@pytest.fixture
def signed_in(context: "BrowserContext", web: Web) -> Person:
    """A person who is signed in in the browser."""
    person = web.activated()
    keep_session(context, web, person)
    return person


# The browser


def test_without_chromium_the_tests_fail_and_say_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("PLAYWRIGHT_CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(RuntimeError, match="apt-get install chromium"):
        find_chromium(str(tmp_path / "chromium"))


def test_a_chromium_that_is_named_is_the_one_that_is_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PLAYWRIGHT_CHROMIUM", "true")
    assert Path(find_chromium("")).name == "true"

    monkeypatch.setenv("PLAYWRIGHT_CHROMIUM", str(tmp_path / "elsewhere"))
    with pytest.raises(RuntimeError, match="elsewhere"):
        find_chromium("")


# The whole story


def test_the_whole_story_from_sign_up_to_thumbnail(
    cloud: "Cloud", web: Web, context: "BrowserContext", page: "Page", watch: Watch
) -> None:
    person = somebody()

    page.goto(web.origin)
    expect(page.locator("#sign-up")).to_be_visible()
    fill_sign_up(page, person)
    take_screenshot(page, "01-sign-up")
    page.locator("#sign-up-form [type=submit]").click()
    expect(page.locator("#mailbox")).to_be_visible()
    expect(page.locator("#message")).to_contain_text(person.username)
    take_screenshot(page, "02-look-in-your-mailbox")

    inbox = context.new_page()
    inbox.goto(cloud.engine.inbox_url)
    # The mail appears by itself while the inbox is open.
    inbox.locator(f"a.mail[data-to='{person.email}']").click()
    mail = inbox.frame_locator("#mail-html")
    link = mail.locator("a").first
    expect(link).to_be_visible()
    expect(mail.locator("body")).to_contain_text(person.name)
    expect(mail.locator("body")).to_contain_text(f"signed up as {person.username}")
    take_screenshot(inbox, "03-the-mail")

    with context.expect_page() as opened:
        link.click()
    activation = opened.value
    result = activation.locator("#activation-result")
    expect(result).to_have_attribute("data-result", "ready")
    expect(activation.locator("#activation-account")).to_contain_text(person.username)
    take_screenshot(activation, "04-one-last-step")
    activation.locator("#activate-password").fill(person.password)
    activation.locator("#activate-form [type=submit]").click()
    # Signed in at once.
    expect(activation.locator("#profile")).to_be_visible()
    assert "token" not in activation.url
    assert activation.evaluate("history.length") == 1
    expect(activation.locator("#greeting")).to_contain_text(person.name)
    expect(activation.locator("#thumbnail")).to_be_hidden()
    take_screenshot(activation, "06-profile-without-a-picture")

    upload_and_see_it(cloud, activation)
    take_screenshot(activation, "09-profile-with-thumbnail")

    assert {web.host, address_of(cloud.engine.endpoint_url)} <= watch.hosts
    # The page asks once whether somebody is signed in, and a browser logs "no" as an error.
    assert [found for found in watch.complaints if "status of 401" not in found] == []
    assert len(watch.complaints) <= 1
    cookie = next(cookie for cookie in context.cookies() if cookie["name"] == SESSION_COOKIE)
    assert (cookie["httpOnly"], cookie["secure"], cookie["sameSite"]) == (True, True, "Strict")
    assert activation.evaluate("document.cookie") == ""


def upload_and_see_it(cloud: "Cloud", page: "Page") -> None:
    page.locator("#upload-form [name=picture]").set_input_files(PHOTOGRAPH)
    preview = page.locator("#preview")
    expect(preview).to_be_visible()
    assert natural_size(page, "#preview") == (640, 427)
    take_screenshot(page, "07-preview")

    # Delay the upload for a moment, to see what the page shows meanwhile.
    held: list[Route] = []

    def hold(route: "Route") -> None:
        held.append(route)

    page.route(uploads_of(cloud), hold, times=1)
    page.locator("#upload-form [type=submit]").click()
    expect(page.locator("#progress")).to_be_visible()
    take_screenshot(page, "08-upload")
    held[0].continue_()

    expect(page.locator("#thumbnail")).to_be_visible()
    expect(page.locator("#progress")).to_be_hidden()
    expect(preview).to_be_hidden()
    assert natural_size(page, "#thumbnail") == (150, 100)


@pytest.mark.parametrize(("density", "folder"), [(1, "thumbnails"), (2, "thumbnails-300")])
def test_the_thumbnail_is_as_sharp_as_the_screen(
    browser: "Browser", web: Web, density: int, folder: str
) -> None:
    person = web.activated()
    session = web.sign_in(person)
    web.upload(session, PHOTOGRAPH.read_bytes())
    web.wait_for_image(session, "ready")
    context = browser.new_context(device_scale_factor=density)
    keep_session(context, web, person)
    page = context.new_page()
    page.goto(f"{web.origin}/#profile")
    thumbnail = page.locator("#thumbnail")
    expect(thumbnail).to_be_visible()
    assert f"/{folder}/users/" in thumbnail.evaluate("image => image.currentSrc")
    # In CSS pixels; the larger one has twice as many.
    assert natural_size(page, "#thumbnail") == (150, 100)
    assert thumbnail.evaluate("image => image.clientWidth") == 150
    context.close()


def test_the_story_by_keyboard_alone(web: Web, page: "Page") -> None:
    person = web.activated()
    # From the start: Chromium must know in time that nobody chooses a file.
    page.on("filechooser", lambda chooser: chooser.set_files(PHOTOGRAPH))
    page.goto(f"{web.origin}/#sign-in")
    keyboard = page.keyboard

    tab_to(page, "#sign-in-form [name=username]")
    keyboard.type(person.username)
    tab_to(page, "#sign-in-form [name=password]")
    keyboard.type(person.password)
    keyboard.press("Enter")
    expect(page.locator("#profile")).to_be_visible()
    # Where a screen reader continues.
    expect(page.locator("#profile-heading")).to_be_focused()

    tab_to(page, "#upload-form [name=picture]")
    keyboard.press("Enter")
    expect(page.locator("#preview")).to_be_visible()
    tab_to(page, "#upload-form [type=submit]")
    keyboard.press("Space")
    expect(page.locator("#thumbnail")).to_be_visible()

    tab_to(page, "#sign-out")
    keyboard.press("Enter")
    expect(page.locator("#sign-in")).to_be_visible()
    expect(page.locator("#sign-in-heading")).to_be_focused()
    assert page.locator("#thumbnail").get_attribute("src") is None


def test_signing_up_by_keyboard_alone(web: Web, page: "Page") -> None:
    person = somebody()
    page.goto(web.origin)

    for field, value in person.registration.items():
        tab_to(page, f"#sign-up-form [name={field}]")
        page.keyboard.type(value)
    page.keyboard.press("Enter")

    expect(page.locator("#mailbox-heading")).to_be_focused()
    web.wait_for_link(person)


def test_without_javascript_the_link_has_a_button(web: Web, browser: "Browser") -> None:
    person, link = web.sign_up_and_get_link()
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()

    page.goto(link.address)
    result = page.locator("#activation-result")
    expect(result).to_have_attribute("data-result", "ready")
    page.locator("#activate-password").fill("not the right one")
    page.locator("#activate-form [type=submit]").click()
    expect(page.locator("#activate-password-error")).to_contain_text("not the account's password")
    expect(result).to_have_attribute("data-result", "ready")

    # The browser itself refuses what is too short; the server what is easy to guess.
    page.locator("#new-password summary").click()
    page.locator("#activate-new-password").fill("password1234")
    page.locator("#new-password-form [type=submit]").click()
    said = page.locator("#activate-new-password-error")
    expect(said).to_contain_text("many people use it")
    expect(page.locator("#activate-new-password")).to_be_visible()
    page.locator("#activate-password").fill(person.password)
    page.locator("#activate-form [type=submit]").click()

    expect(result).to_have_attribute("data-result", "signed-in")
    expect(page.locator(".for-signed-in a")).to_have_attribute("href", "/")
    expect(page.locator(".for-activated")).to_be_hidden()
    assert web.cloud.user(person.username)["activationStatus"] == {"S": "DONE"}
    cookies = {cookie["name"] for cookie in context.cookies()}
    assert SESSION_COOKIE in cookies
    context.close()


def test_without_javascript_an_account_is_refused(web: Web, browser: "Browser") -> None:
    person, link = web.sign_up_and_get_link()
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()

    page.goto(link.address)
    page.locator("#refuse-form [type=submit]").click()

    result = page.locator("#activation-result")
    expect(result).to_have_attribute("data-result", "refused")
    assert is_gone(web, person)
    context.close()


# Somebody else's address


def test_the_owner_of_a_mailbox_takes_an_account_over(web: Web, page: "Page", watch: Watch) -> None:
    attacker, link = web.sign_up_and_get_link()
    page.goto(link.address)

    expect(page.locator("#activation-account")).to_contain_text(attacker.username)
    # By keyboard alone.
    tab_to(page, "#new-password summary")
    page.keyboard.press("Enter")
    tab_to(page, "#activate-new-password")
    page.keyboard.type("short")
    page.keyboard.press("Enter")
    expect(page.locator("#activate-new-password-error")).not_to_be_empty()
    expect(page.locator("#activate-new-password")).to_be_focused()
    assert watch.requests["POST /activate"] == 0
    take_screenshot(page, "24-new-password")
    assert_accessible(page)
    page.locator("#activate-new-password").fill("password1234")
    page.keyboard.press("Enter")
    said = page.locator("#activate-new-password-error")
    expect(said).to_contain_text("many people use it")
    expect(page.locator("#activate-new-password")).to_have_attribute("aria-invalid", "true")
    assert watch.requests["POST /activate"] == 1
    page.locator("#activate-new-password").fill("violet tractor umbrella")
    page.keyboard.press("Enter")

    expect(page.locator("#profile")).to_be_visible()
    assert web.post("/sign-in", attacker.credentials).status_code == 401


def test_the_owner_of_a_mailbox_refuses_an_account(web: Web, page: "Page", watch: Watch) -> None:
    attacker, link = web.sign_up_and_get_link()
    page.goto(link.address)

    tab_to(page, "#refuse-form [type=submit]")
    page.keyboard.press("Enter")

    expect(page.locator("#activation-result")).to_have_attribute("data-result", "refused")
    # Where a screen reader continues.
    expect(page.locator("#activation-heading")).to_be_focused()
    expect(page.locator("#activation-forms")).to_be_hidden()
    assert "token" not in page.url
    assert watch.requests["POST /activate/refuse"] == 1
    assert is_gone(web, attacker)
    assert_accessible(page)
    take_screenshot(page, "25-refused")


def test_a_wrong_password_on_the_activation_page_keeps_all_ways(web: Web, page: "Page") -> None:
    person, link = web.sign_up_and_get_link()
    page.goto(link.address)

    page.locator("#activate-form [type=submit]").click()
    expect(page.locator("#activate-password-error")).not_to_be_empty()
    page.locator("#activate-password").fill("not the right one")
    page.locator("#activate-form [type=submit]").click()

    expect(page.locator("#activate-password-error")).to_contain_text("not the account's password")
    expect(page.locator("#activate-password")).to_be_focused()
    expect(page.locator("#new-password summary")).to_be_visible()
    assert_accessible(page)
    take_screenshot(page, "26-wrong-password-at-activation")
    for _ in range(9):
        web.post("/activate", {**link.body, "password": "not the right one"})
    page.set_viewport_size({"width": 360, "height": 400})  # the button, and not what is above it
    page.locator("#activate-password").fill(person.password)
    page.locator("#activate-form [type=submit]").click()
    expect(page.locator("#error")).to_have_text(
        re.compile(r"Too many attempts\. Try again in 1\d minutes\.")
    )
    expect(page.locator("#error")).to_be_in_viewport(ratio=0.9)  # pixels are rounded
    assert_accessible(page)


def is_gone(web: Web, person: Person) -> bool:
    """Whether an account is there no more."""
    found = web.cloud.dynamodb.get_item(
        TableName=web.cloud.outputs["user_table_name"],
        Key={"username": {"S": person.username}},
        ConsistentRead=True,
    )
    return "Item" not in found


# Unhappy paths


def test_a_taken_name_is_told_at_its_field_and_nothing_is_lost(web: Web, page: "Page") -> None:
    taken = web.sign_up()
    page.goto(f"{web.origin}/#sign-up")

    fill_sign_up(page, Person(taken.username, name="Somebody Else"))
    page.locator("#sign-up-form [type=submit]").click()

    field = page.locator("#sign-up-form [name=username]")
    expect(page.locator("#sign-up-username-error")).to_contain_text("taken")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_be_focused()
    expect(page.locator("#sign-up-form [name=name]")).to_have_value("Somebody Else")
    take_screenshot(page, "11-taken-name")


def test_fields_are_checked_before_anything_is_sent(web: Web, page: "Page", watch: Watch) -> None:
    page.goto(f"{web.origin}/#sign-up")

    page.locator("#sign-up-form [type=submit]").click()

    for field in ("username", "name", "email", "password"):
        expect(page.locator(f"#sign-up-{field}-error")).not_to_be_empty()
    expect(page.locator("#sign-up-form [name=username]")).to_be_focused()
    assert watch.requests["POST /users"] == 0
    take_screenshot(page, "12-fields-are-checked")


@dataclass(frozen=True, slots=True)
class Refused:
    """A value that the API refuses, and what the page says of it."""

    field: str
    value: str
    reason: str


@pytest.mark.parametrize(
    "refused",
    [
        Refused("name", "x" * 101, "too long"),
        Refused("name", "Ada\u200bLovelace", "cannot be seen"),
        Refused("name", "https://ada.example", "://"),
        Refused("password", "password1234", "many people use it"),
        Refused("password", " " * 12, "one character, repeated"),
        Refused("password", "Ada Lovelace 1815", "your name"),
    ],
    ids=lambda refused: f"{refused.field}-{refused.reason}",
)
def test_refused_field_says_why_and_may_be_corrected(
    web: Web, page: "Page", refused: Refused
) -> None:
    person = somebody()
    page.goto(f"{web.origin}/#sign-up")
    fill_sign_up(page, person)
    field = page.locator(f"#sign-up-form [name={refused.field}]")
    error = page.locator(f"#sign-up-{refused.field}-error")

    field.fill(refused.value)
    page.locator("#sign-up-form [type=submit]").click()

    expect(error).to_contain_text(refused.reason)
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_be_focused()
    assert error.get_attribute("id") in str(field.get_attribute("aria-describedby")).split()
    assert_accessible(page)
    take_screenshot(page, f"12-refused-{refused.field}")
    field.fill(person.registration[refused.field])
    expect(error).to_be_empty()
    page.locator("#sign-up-form [type=submit]").click()
    expect(page.locator("#mailbox")).to_be_visible()


def test_password_is_as_long_as_in_the_form_that_the_api_counts(web: Web, page: "Page") -> None:
    page.goto(f"{web.origin}/#sign-up")
    # 90 characters, typed as 150: more than the 128 that are allowed.
    person = somebody(password="".join(f"e\u0301{letter}a\u0308" for letter in "maplesings" * 3))

    fill_sign_up(page, person)
    page.locator("#sign-up-form [type=submit]").click()

    expect(page.locator("#mailbox")).to_be_visible()


def wrong(_web: Web, _person: Person, link: Link) -> str:
    return f"{link.address}x"


def unknown(_web: Web, person: Person, link: Link) -> str:
    return link.address.replace(person.username, "nobody-at-all")


def expired(web: Web, person: Person, link: Link) -> str:
    web.set_back(person, "activationTokenCreatedAt", seconds=DAY_SECONDS + 1)
    return link.address


def used(web: Web, person: Person, link: Link) -> str:
    assert web.post("/activate", link.with_password_of(person)).status_code == 200
    return link.address


@dataclass(frozen=True, slots=True)
class BadLink:
    """An invalid link: how it becomes invalid, and what the page says and offers."""

    spoil: Callable[[Web, Person, Link], str]
    result: str
    ways_on: tuple[str, ...]


@pytest.mark.parametrize(
    "bad",
    [
        BadLink(wrong, "wrong-token", ("/#sign-in", "/#mailbox")),
        BadLink(unknown, "unknown-user", ("/#sign-up",)),
        BadLink(expired, "link-expired", ("/#mailbox",)),
        BadLink(used, "already-activated", ("/#sign-in",)),
    ],
    ids=lambda bad: bad.result,
)
def test_a_link_that_is_no_good_says_why_and_shows_a_way_on(
    web: Web, page: "Page", watch: Watch, bad: BadLink
) -> None:
    person, link = web.sign_up_and_get_link()

    page.goto(bad.spoil(web, person, link))

    expect(page.locator("#activation-result")).to_have_attribute("data-result", bad.result)
    expect(page.locator("#activate-form")).to_be_hidden()
    ways = page.locator("#activation-result a:visible").all()
    assert tuple(way.get_attribute("href") for way in ways) == bad.ways_on
    # "This wasn't me" is still there for a link that has only become too old.
    is_visible = page.locator("#refuse-form").is_visible()
    assert is_visible == (bad.result == "link-expired")
    assert watch.requests["POST /activate"] == 0
    assert_accessible(page)
    take_screenshot(page, f"13-{bad.result}")


def test_a_link_that_expires_while_it_is_looked_at_says_so(web: Web, page: "Page") -> None:
    person, link = web.sign_up_and_get_link()
    page.goto(link.address)
    expect(page.locator("#activation-result")).to_have_attribute("data-result", "ready")

    web.set_back(person, "activationTokenCreatedAt", seconds=DAY_SECONDS + 1)
    page.locator("#activate-password").fill(person.password)
    page.locator("#activate-form [type=submit]").click()

    expect(page.locator("#activation-result")).to_have_attribute("data-result", "link-expired")


def test_signing_in_before_activation_says_what_to_do(web: Web, page: "Page") -> None:
    person = web.sign_up()
    page.goto(f"{web.origin}/#sign-in")

    fill_sign_in(page, person)
    page.locator("#sign-in-form [type=submit]").click()

    expect(page.locator("#error")).to_contain_text("not active yet")
    expect(page.locator("#sign-in")).to_be_visible()
    take_screenshot(page, "14-not-activated")
    page.locator("#sign-in a[href='#mailbox']").click()
    expect(page.locator("#mailbox")).to_be_visible()
    expect(page.locator("#resend-form [name=username]")).to_have_value(person.username)


def test_a_wrong_password_is_told_and_may_be_tried_again(web: Web, page: "Page") -> None:
    person = web.activated(username=unique_username("web."))
    page.goto(f"{web.origin}/#sign-in")

    fill_sign_in(page, Person(person.username, password="not the right one"))
    page.locator("#sign-in-form [type=submit]").click()
    expect(page.locator("#error")).to_contain_text("wrong")
    take_screenshot(page, "15-wrong-password")

    # As it is copied from the mail, whose dots stand between word joiners.
    copied = " ".join(("", person.username.capitalize().replace(".", "\u2060.\u2060"), ""))
    fill_sign_in(page, Person(copied, password=person.password))
    page.locator("#sign-in-form [type=submit]").click()
    expect(page.locator("#profile")).to_be_visible()


def test_a_text_file_that_is_called_a_picture_is_refused_in_the_end(
    web: Web, page: "Page", signed_in: Person, tmp_path: Path
) -> None:
    text = tmp_path / "picture.jpg"
    text.write_text("This is no picture.", encoding="utf-8")
    page.goto(f"{web.origin}/#profile")

    page.locator("#upload-form [name=picture]").set_input_files(text)
    page.locator("#upload-form [type=submit]").click()

    expect(page.locator("#thumbnail-state")).to_contain_text("not a JPEG, PNG, WebP, GIF or AVIF")
    expect(page.locator("#thumbnail")).to_be_hidden()
    take_screenshot(page, "16-no-picture")
    # And another try is possible.
    page.locator("#upload-form [name=picture]").set_input_files(PHOTOGRAPH)
    page.locator("#upload-form [type=submit]").click()
    expect(page.locator("#thumbnail")).to_be_visible()
    assert signed_in.name in page.locator("#greeting").inner_text()


def test_a_picture_of_11_megabytes_is_not_sent_at_all(
    web: Web, page: "Page", watch: Watch, signed_in: Person, tmp_path: Path
) -> None:
    large = tmp_path / "large.jpg"
    large.write_bytes(PHOTOGRAPH.read_bytes().ljust(11 * 1024 * 1024, b"\0"))
    page.goto(f"{web.origin}/#profile")

    page.locator("#upload-form [name=picture]").set_input_files(large)
    page.locator("#upload-form [type=submit]").click()

    expect(page.locator("#upload-picture-error")).to_contain_text("10 MB")
    assert watch.requests["POST /profile/image"] == 0
    assert web.image(web.sign_in(signed_in)) == {"state": "none"}
    take_screenshot(page, "17-too-large")


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (403, "took too long to begin"),
        (503, "could not be stored"),
        (None, "could not be reached"),
    ],
)
def test_an_upload_that_fails_says_why(  # noqa: PLR0913, PLR0917 - the browser, and one case
    cloud: "Cloud",
    web: Web,
    page: "Page",
    signed_in: Person,
    status: int | None,
    said: str,
) -> None:
    def fail(route: "Route") -> None:
        if status is None:
            route.abort()
        else:
            route.fulfill(status=status, headers={"Access-Control-Allow-Origin": "*"})

    page.goto(f"{web.origin}/#profile")
    page.route(uploads_of(cloud), fail, times=1)
    page.locator("#upload-form [name=picture]").set_input_files(PHOTOGRAPH)
    page.locator("#upload-form [type=submit]").click()

    expect(page.locator("#error")).to_contain_text(said)
    expect(page.locator("#progress")).to_be_hidden()
    # The picture is still chosen, and another try works.
    page.locator("#upload-form [type=submit]").click()
    expect(page.locator("#thumbnail")).to_be_visible()
    assert signed_in.name in page.locator("#greeting").inner_text()


def test_an_upload_that_the_browser_sends_twice_is_stored_once(
    cloud: "Cloud", web: Web, page: "Page", signed_in: Person
) -> None:
    answers: list[int] = []

    def lose_the_first_answer(route: "Route") -> None:
        # Not by route.fetch(), which leaves out a file as the body.
        headers = {
            name: value
            for name, value in route.request.headers.items()
            if name in ("content-type", "if-none-match") or name.startswith("x-amz-meta-")
        }
        picture = PHOTOGRAPH.read_bytes()
        answers.append(web.http.put(route.request.url, data=picture, headers=headers).status_code)
        route.continue_()

    page.on(
        "response",
        lambda found: answers.append(found.status) if found.request.method == "PUT" else None,
    )
    page.goto(f"{web.origin}/#profile")
    page.route(uploads_of(cloud), lose_the_first_answer, times=1)
    page.locator("#upload-form [name=picture]").set_input_files(PHOTOGRAPH)
    page.locator("#upload-form [type=submit]").click()

    expect(page.locator("#thumbnail")).to_be_visible()
    expect(page.locator("#error")).to_be_empty()
    assert answers == [200, 412]
    assert signed_in.name in page.locator("#greeting").inner_text()


def test_the_uploads_of_a_day_end(web: Web, page: "Page", signed_in: Person) -> None:
    session = web.sign_in(signed_in)
    for _ in range(50):
        web.prepare_upload(session, b"picture")
    page.goto(f"{web.origin}/#profile")
    page.locator("#upload-form [name=picture]").set_input_files(PHOTOGRAPH)
    page.locator("#upload-form [type=submit]").click()

    expect(page.locator("#error")).to_contain_text("as many pictures as we take in a day")
    expect(page.locator("#error")).to_contain_text(re.compile(r"in 2\d hours"))
    take_screenshot(page, "19-too-many-uploads")


def uploads_of(cloud: "Cloud") -> str:
    """The addresses that the page sends pictures to."""
    return f"{cloud.engine.endpoint_url}/{cloud.bucket}/original/**"


def test_another_mail_can_be_asked_for(web: Web, page: "Page") -> None:
    person, link = web.sign_up_and_get_link()
    web.set_back(person, "registeredAt", seconds=COOL_DOWN_SECONDS + 1)
    page.goto(f"{web.origin}/#mailbox")

    page.locator("#resend-form [name=username]").fill(person.username)
    page.locator("#resend").click()

    expect(page.locator("#message")).to_contain_text(person.username)
    expect(page.locator("#resend")).to_have_attribute("aria-disabled", "true")
    take_screenshot(page, "18-another-mail")
    assert web.wait_for_link(person, mails=2) != link


def test_a_session_that_has_ended_leads_to_the_sign_in(
    web: Web, context: "BrowserContext", page: "Page", signed_in: Person
) -> None:
    page.goto(web.origin)
    expect(page.locator("#profile")).to_be_visible()
    context.clear_cookies()

    page.locator("#upload-form [name=picture]").set_input_files(PHOTOGRAPH)
    page.locator("#upload-form [type=submit]").click()

    expect(page.locator("#sign-in")).to_be_visible()
    assert signed_in.name not in page.locator("main").inner_text()


# Two clicks count as one


def test_a_double_click_signs_up_once(web: Web, page: "Page", watch: Watch) -> None:
    person = somebody()
    page.goto(f"{web.origin}/#sign-up")
    fill_sign_up(page, person)

    page.locator("#sign-up-form [type=submit]").dblclick()

    expect(page.locator("#mailbox")).to_be_visible()
    expect(page.locator("#error")).to_be_empty()
    web.wait_for_link(person)
    assert watch.requests["POST /users"] == 1


def test_a_double_click_asks_for_one_mail(web: Web, page: "Page", watch: Watch) -> None:
    username = somebody().username
    page.goto(f"{web.origin}/#mailbox")
    page.locator("#resend-form [name=username]").fill(username)

    page.locator("#resend").dblclick()

    expect(page.locator("#message")).to_contain_text(username)
    page.locator("#resend").dblclick(force=True)
    assert watch.requests[f"POST /users/{username}/activation-mail"] == 1


def test_a_double_click_activates_once(web: Web, page: "Page", watch: Watch) -> None:
    person, link = web.sign_up_and_get_link()
    page.goto(link.address)
    page.locator("#activate-password").fill(person.password)

    page.locator("#activate-form [type=submit]").dblclick()

    expect(page.locator("#profile")).to_be_visible()
    assert watch.requests["POST /activate"] == 1


def test_a_link_works_again_after_a_lost_connection(web: Web, page: "Page") -> None:
    person, link = web.sign_up_and_get_link()
    page.goto(link.address)
    page.locator("#activate-password").fill(person.password)
    page.route("**/activate", lambda route: route.abort(), times=1)

    page.locator("#activate-form [type=submit]").click()
    expect(page.locator("#error")).not_to_be_empty()
    assert_accessible(page)
    page.locator("#activate-form [type=submit]").click()

    expect(page.locator("#profile")).to_be_visible()


def test_a_scanner_that_runs_the_page_uses_up_no_link(web: Web, page: "Page", watch: Watch) -> None:
    person, link = web.sign_up_and_get_link()

    page.goto(link.address)
    expect(page.locator("#activation-result")).to_have_attribute("data-result", "ready")
    page.wait_for_load_state("networkidle")

    assert watch.requests["POST /activate"] == 0
    assert web.cloud.user(person.username)["activationStatus"] == {"S": "MAIL_SENT"}


def test_a_double_click_signs_in_once_and_out_once(web: Web, page: "Page", watch: Watch) -> None:
    person = web.activated()
    page.goto(f"{web.origin}/#sign-in")
    fill_sign_in(page, person)

    page.locator("#sign-in-form [type=submit]").dblclick()
    expect(page.locator("#profile")).to_be_visible()
    assert watch.requests["POST /sign-in"] == 1

    page.locator("#sign-out").dblclick()
    expect(page.locator("#sign-in")).to_be_visible()
    expect(page.locator("#error")).to_be_empty()
    assert watch.requests["POST /sign-out"] == 1


def test_the_second_click_of_a_double_click_follows_no_link_that_has_just_come(
    web: Web, page: "Page"
) -> None:
    page.goto(f"{web.origin}/#sign-in")
    link = page.locator("#sign-in a[href='#mailbox']")
    link.hover()
    page.mouse.down(click_count=2)
    page.mouse.up(click_count=2)
    page.wait_for_timeout(200)
    expect(page.locator("#sign-in")).to_be_visible()
    link.click()
    expect(page.locator("#mailbox")).to_be_visible()


def test_signing_out_everywhere_signs_out_other_browsers_too(
    web: Web, page: "Page", watch: Watch, signed_in: Person
) -> None:
    elsewhere = web.sign_in(signed_in)
    page.goto(web.origin)
    expect(page.locator("#profile")).to_be_visible()

    button = page.get_by_role("button", name="Sign out everywhere")
    expect(button).to_have_accessible_description(
        page.locator("#sign-out-everywhere-hint").inner_text()
    )
    tab_to(page, "#sign-out-everywhere")
    page.keyboard.press("Enter")

    expect(page.locator("#sign-in-heading")).to_be_focused()
    expect(page.locator("#message")).to_have_text("You have signed out on all devices.")
    assert signed_in.name not in page.locator("main").inner_text()
    assert watch.requests["POST /sign-out-everywhere"] == 1
    assert web.get("/profile", session=elsewhere).status_code == 401
    page.reload()
    expect(page.locator("#profile")).to_be_hidden()


def test_a_double_click_uploads_once(
    cloud: "Cloud", web: Web, page: "Page", watch: Watch, signed_in: Person
) -> None:
    page.goto(f"{web.origin}/#profile")
    page.locator("#upload-form [name=picture]").set_input_files(PHOTOGRAPH)

    page.locator("#upload-form [type=submit]").dblclick()

    expect(page.locator("#thumbnail")).to_be_visible()
    assert watch.requests["POST /profile/image"] == 1
    profile_id = cloud.user(signed_in.username)["userProfileId"]["N"]
    listed = cloud.s3.list_objects_v2(Bucket=cloud.bucket, Prefix=f"original/users/{profile_id}/")
    assert listed["KeyCount"] == 1


# For everybody


@pytest.mark.parametrize("section", ["sign-up", "mailbox", "sign-in"])
def test_a_section_is_accessible(web: Web, page: "Page", section: str) -> None:
    page.goto(f"{web.origin}/#{section}")
    expect(page.locator(f"#{section}")).to_be_visible()
    assert_accessible(page)

    # With error messages, too.
    page.locator(f"#{section} [type=submit]").click()
    expect(page.locator(f"#{section} [aria-invalid]").first).to_be_visible()
    assert_accessible(page)
    page.set_viewport_size(PHONE)
    take_screenshot(page, f"21-phone-{section}")


def test_the_profile_is_accessible(web: Web, page: "Page", signed_in: Person) -> None:
    page.goto(f"{web.origin}/#profile")
    expect(page.locator("#greeting")).to_contain_text(signed_in.name)
    assert_accessible(page)

    page.locator("#upload-form [name=picture]").set_input_files(PHOTOGRAPH)
    expect(page.locator("#preview")).to_be_visible()
    assert_accessible(page)

    page.locator("#upload-form [type=submit]").click()
    expect(page.locator("#thumbnail")).to_be_visible()
    assert_accessible(page)
    page.emulate_media(color_scheme="dark")
    take_screenshot(page, "22-dark-profile")
    page.set_viewport_size(PHONE)
    take_screenshot(page, "23-dark-phone-profile")


def test_the_activation_page_is_accessible(web: Web, page: "Page") -> None:
    _, link = web.sign_up_and_get_link()

    page.goto(link.address)
    assert_accessible(page)
    page.locator("#new-password summary").click()
    assert_accessible(page)
    page.set_viewport_size(PHONE)
    page.emulate_media(color_scheme="dark")
    take_screenshot(page, "27-dark-phone-activation")


def test_another_applications_user_activates_by_one_button(
    cloud: "Cloud", web: Web, page: "Page"
) -> None:
    username = cloud.insert_user(activationUrlBase=f"{web.origin}/activate")
    cloud.wait_for_status(username, "MAIL_SENT")
    token = cloud.user(username)["activationToken"]["S"]

    page.goto(f"{web.origin}/activate?username={username}&token={token}")
    expect(page.locator("#activate-password")).to_be_hidden()
    expect(page.locator("#new-password")).to_be_hidden()
    assert_accessible(page)
    page.locator("#activate-form [type=submit]").click()

    expect(page.locator("#activation-result")).to_have_attribute("data-result", "activated")
    expect(page.locator("#activation-heading")).to_be_focused()
    assert "token" not in page.url
    assert_accessible(page)


def assert_accessible(page: "Page") -> None:
    """No violations by axe and no horizontal overflow: light and dark, on desktop and phone."""
    try:
        for viewport in (DESKTOP, PHONE):
            page.set_viewport_size(viewport)
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)
                assert accessibility_violations(page) == [], (viewport, scheme)
            width = page.evaluate("document.documentElement.scrollWidth")
            assert width <= viewport["width"], "the page is wider than the window"
    finally:
        page.set_viewport_size(DESKTOP)
        page.emulate_media(color_scheme="light")


# What people do


def fill_sign_up(page: "Page", person: Person) -> None:
    for field, value in person.registration.items():
        page.locator(f"#sign-up-form [name={field}]").fill(value)


def fill_sign_in(page: "Page", person: Person) -> None:
    for field, value in person.credentials.items():
        page.locator(f"#sign-in-form [name={field}]").fill(value)


def keep_session(context: "BrowserContext", web: Web, person: Person) -> None:
    context.add_cookies(
        [
            {
                "name": SESSION_COOKIE,
                "value": web.sign_in(person),
                # Browsers accept a cookie of this name for https only, unless a response sets it.
                "url": web.origin.replace("http:", "https:"),
                "httpOnly": True,
                "secure": True,
                "sameSite": "Strict",
            }
        ]
    )


def tab_to(page: "Page", selector: str) -> None:
    """Press the tab key until an element has the focus."""
    target = page.locator(selector)
    expect(target).to_be_visible()
    for _ in range(30):
        page.keyboard.press("Tab")
        if target.evaluate("(element) => element === document.activeElement"):
            return
    pytest.fail(f"{selector} can't be reached by keyboard")


def natural_size(page: "Page", selector: str) -> tuple[int, int]:
    """The picture's own size, in pixels."""
    width, height = page.locator(selector).evaluate(
        "(image) => image.decode().then(() => [image.naturalWidth, image.naturalHeight])"
    )
    return width, height


def address_of(url: str) -> str:
    return urlsplit(url).netloc
