from typing import Any

import pytest

from local_cloud.engine.mails import parse_mails
from tooling.errors import ToolingError


def message(number: int, **changes: object) -> dict[str, Any]:
    return {
        "MessageId": f"id-{number}",
        "Source": "shop@example.com",
        "To": [f"user{number}@example.com"],
        "CC": [],
        "BCC": [],
        "Subject": f"Subject {number}",
        "BodyText": "text",
        "BodyHtml": "<p>html</p>",
        "Timestamp": 1795376000.5 + number,
        "Type": "SendEmail",
        **changes,
    }


def test_no_mails() -> None:
    assert parse_mails({"messages": {}}) == []


def test_mail_is_read_whole() -> None:
    assert parse_mails({"messages": {"000000000000": [message(1)]}}) == [
        {
            "message_id": "id-1",
            "sent_at": 1795376001.5,
            "sender": "shop@example.com",
            "to": ["user1@example.com"],
            "subject": "Subject 1",
            "text": "text",
            "html": "<p>html</p>",
        }
    ]


def test_mails_of_all_accounts_are_in_the_order_of_their_time() -> None:
    answer = {"messages": {"1": [message(3), message(1)], "2": [message(2)]}}

    assert [mail["message_id"] for mail in parse_mails(answer)] == ["id-1", "id-2", "id-3"]


def test_mail_of_text_only_has_empty_html() -> None:
    (mail,) = parse_mails({"messages": {"1": [message(1, BodyHtml=None)]}})

    assert mail["html"] == ""


@pytest.mark.parametrize(
    "answer",
    [
        {},
        [],
        None,
        {"messages": []},
        {"messages": {"1": [{"MessageId": "x"}]}},
        {"messages": {"1": [message(1, Timestamp="yesterday")]}},
    ],
)
def test_unknown_answer_says_what_to_do(answer: object) -> None:
    with pytest.raises(ToolingError, match="make down"):
        parse_mails(answer)
