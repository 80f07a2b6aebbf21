"""A user is written, and a mail is sent: the whole pipeline."""

import hashlib
import re
import time
from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from tests.end_to_end.conftest import Cloud


class Links(HTMLParser):
    """Collects the text and the links of an HTML body."""

    def __init__(self) -> None:
        super().__init__()
        self.targets: list[str] = []
        self.tags: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.targets += [value or "" for name, value in attrs if name == "href"]

    def handle_data(self, data: str) -> None:
        self.text += data


def read_html(html: str) -> Links:
    links = Links()
    links.feed(html)
    return links


def link_in(text: str) -> str:
    found = re.findall(r"https?://\S+", text)
    assert len(found) == 1, text
    return str(found[0])


def test_new_user_is_sent_a_mail_with_a_link(cloud: "Cloud") -> None:
    username = cloud.insert_user()

    mail = cloud.wait_for_mail(username)
    link = link_in(mail["text"])
    query = parse_qs(urlsplit(link).query)

    assert mail["sender"] == cloud.outputs["from_address"]
    assert mail["subject"] == "Activate your Digital Card Store account"
    assert "Ada Lovelace" in mail["text"]
    assert link.startswith("https://shop.example.com/activate?")
    assert query["username"] == [username]
    # 128 bits take 22 characters of base64.
    assert len(query["token"][0]) >= 22
    assert set(read_html(mail["html"]).targets) == {link}
    assert "Ada Lovelace" in read_html(mail["html"]).text


def test_status_becomes_mail_sent_and_token_and_hash_are_those_of_the_mail(cloud: "Cloud") -> None:
    username = cloud.insert_user(favouriteCard="ace")

    mail = cloud.wait_for_mail(username)
    item = cloud.wait_for_status(username, "MAIL_SENT")

    token = parse_qs(urlsplit(link_in(mail["text"])).query)["token"][0]
    assert item["activationToken"] == {"S": token}
    assert item["activationTokenHash"] == {"S": hashlib.sha256(token.encode()).hexdigest()}
    assert abs(time.time() - int(item["activationTokenCreatedAt"]["N"])) < 300
    assert item["favouriteCard"] == {"S": "ace"}
    assert "activationMailClaim" not in item
    assert "activationMailClaimExpiresAt" not in item


def test_token_of_the_application_is_used(cloud: "Cloud") -> None:
    username = cloud.insert_user(activationToken="set by the application & co")

    link = link_in(cloud.wait_for_mail(username)["text"])

    assert parse_qs(urlsplit(link).query)["token"] == ["set by the application & co"]


def test_name_that_is_html_stays_text(cloud: "Cloud") -> None:
    name = 'Tom & "Jerry" <script>alert(1)</script>'
    username = cloud.insert_user(name=name)

    mail = cloud.wait_for_mail(username)
    page = read_html(mail["html"])

    assert name in page.text
    assert "script" not in page.tags
    assert name in mail["text"]


def test_active_user_is_sent_nothing(cloud: "Cloud") -> None:
    username = cloud.insert_user(activationStatus="DONE")

    execution = cloud.wait_for_execution(username)

    assert execution["status"] == "SUCCEEDED"
    assert cloud.mails_to(username) == []
    assert cloud.user(username)["activationStatus"] == {"S": "DONE"}


def test_changed_user_starts_nothing(cloud: "Cloud") -> None:
    username = cloud.insert_user()
    cloud.wait_for_status(username, "MAIL_SENT")

    # Back to NONE: if the change started an execution, it would send a second mail.
    cloud.dynamodb.update_item(
        TableName=cloud.outputs["user_table_name"],
        Key={"username": {"S": username}},
        UpdateExpression="SET activationStatus = :none",
        ExpressionAttributeValues={":none": {"S": "NONE"}},
    )
    # The stream has one shard here: once a later user has a mail, the change was processed.
    cloud.wait_for_mail(cloud.insert_user())

    assert len(cloud.executions_of(username)) == 1
    assert len(cloud.mails_to(username)) == 1


def test_users_at_once_get_one_mail_each(cloud: "Cloud") -> None:
    with ThreadPoolExecutor(4) as pool:
        usernames = list(pool.map(lambda _: cloud.insert_user(), range(4)))

    for username in usernames:
        cloud.wait_for_status(username, "MAIL_SENT")
    assert [len(cloud.mails_to(username)) for username in usernames] == [1, 1, 1, 1]


def test_user_without_an_address_is_recorded_and_holds_up_nobody(cloud: "Cloud") -> None:
    username = cloud.insert_user(email="")
    next_username = cloud.insert_user()

    failure = cloud.wait_for_failure("activation", username)
    execution = cloud.wait_for_execution(username)

    assert execution["status"] == "FAILED"
    assert failure["executionId"] == execution["executionArn"]
    assert failure["input"]["error"]["Error"] == "InvalidUserError"
    assert cloud.user(username)["activationStatus"] == {"S": "NONE"}
    assert cloud.wait_for_mail(next_username)
