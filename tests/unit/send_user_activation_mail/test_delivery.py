"""One mail per user: the protocol under duplicates, races and crashes."""

import hashlib
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest

from send_user_activation_mail.claim import ActivationMailInProgressError, Claims
from send_user_activation_mail.delivery import Delivery, deliver
from send_user_activation_mail.mailer import MailRejectedError, SendingRateExceededError
from send_user_activation_mail.message import Message
from send_user_activation_mail.recipient import InvalidUserError
from send_user_activation_mail.texts import MailTexts, texts_in
from shared.errors import ServiceUnavailableError
from shared.user_table import UserTable
from tests.unit.builders import Users, fail, make_atomic, once_after, once_before

NOW = 1_795_342_800
Act = Callable[[], None]
TEXTS = MailTexts("en", "Digital Card Store", texts_in("en"))


class KilledError(BaseException):
    """The process ends here: nothing in it may handle this."""


@dataclass
class FakeMailer:
    """Takes every mail, after whatever the test wants to happen first."""

    before: Callable[[], object] = lambda: None
    after: Callable[[], object] = lambda: None
    taken: list[Message] = field(default_factory=list)
    usernames: list[str] = field(default_factory=list)

    def send(self, message: Message, username: str) -> str:
        self.before()
        self.taken.append(message)
        self.usernames.append(username)
        self.after()
        return f"mail-{len(self.taken)}"

    def tokens(self) -> list[str]:
        """The token in each mail's link."""
        links = [
            next(line for line in message.text.splitlines() if line.startswith("https://"))
            for message in self.taken
        ]
        return [parse_qs(urlsplit(link).query)["token"][0] for link in links]


def run(
    users: Users,
    mailer: FakeMailer,
    *,
    sender: str = "first",
    now: int = NOW,
    username: str = "anna",
) -> Delivery:
    claims = Claims(users.table, sender, seconds=60)
    return deliver(username, claims, mailer, texts=TEXTS, now=now)


def hash_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def raising(error: BaseException) -> Callable[[], None]:
    def act() -> None:
        raise error

    return act


def test_a_mail_is_sent_and_marked(users: Users) -> None:
    users.put(activationToken="theirs")
    before = users.get()
    mailer = FakeMailer()
    assert run(users, mailer) == Delivery("sent", "MAIL_SENT", "mail-1")
    assert mailer.tokens() == ["theirs"]
    assert mailer.usernames == ["anna"]
    assert users.get() == {
        **before,
        "activationStatus": "MAIL_SENT",
        "activationTokenHash": hash_of("theirs"),
        "activationTokenCreatedAt": str(NOW),
    }


def test_only_the_hash_is_kept_where_the_application_asks_for_it(
    users: Users, keep_only_hash: Act
) -> None:
    users.put()
    keep_only_hash()
    mailer = FakeMailer(after=lambda: during.update(users.get()))
    during: dict[str, str] = {}
    assert run(users, mailer).result == "sent"
    (token,) = mailer.tokens()
    assert during["activationToken"] == token  # a crash here must be able to send it again
    after = users.get()
    assert "activationToken" not in after
    assert after["activationTokenHash"] == hash_of(token)
    assert after["activationTokenCreatedAt"] == str(NOW)
    assert after["keepOnlyTokenHash"] == "True"


def test_a_minted_token_is_in_mail_and_item_long_and_new_each_time(users: Users) -> None:
    mailer = FakeMailer()
    for username in ("anna", "björn"):
        users.put(username)
        run(users, mailer, username=username)
    tokens = mailer.tokens()
    assert tokens == [
        users.get("anna")["activationToken"],
        users.get("björn")["activationToken"],
    ]
    assert tokens[0] != tokens[1]
    assert all(len(token) * 6 >= 128 for token in tokens)  # base64: 6 bits a character


def test_the_token_comes_from_secrets(users: Users, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int | None] = []

    def token_urlsafe(nbytes: int | None = None) -> str:
        asked.append(nbytes)
        return "from-secrets"

    monkeypatch.setattr(secrets, "token_urlsafe", token_urlsafe)
    users.put()
    mailer = FakeMailer()
    run(users, mailer)
    assert mailer.tokens() == ["from-secrets"]
    assert asked[0] is not None
    assert asked[0] * 8 >= 128


@pytest.mark.parametrize("status", ["MAIL_SENT", "DONE", "BLOCKED"])
def test_another_status_sends_nothing_and_is_told(users: Users, status: str) -> None:
    users.put(activationStatus=status)
    before = users.get()
    mailer = FakeMailer()
    assert run(users, mailer) == Delivery("not_needed", status)
    assert mailer.taken == []
    assert users.get() == before


def note_bounce(users: Users, email: str = "anna@mail.example") -> None:
    """What is noted when a mail to an address came back."""
    users.set(mailFeedback="BOUNCED", mailFeedbackEmail=email, mailFeedbackReason="General")


def test_an_address_that_bounced_is_left_alone(users: Users) -> None:
    users.put()
    note_bounce(users)
    before = users.get()
    mailer = FakeMailer()
    assert run(users, mailer) == Delivery("not_welcome", "NONE")
    assert mailer.taken == []
    assert users.get() == before


def test_a_new_address_is_sent_a_mail_whatever_the_former_one_did(users: Users) -> None:
    users.put(email="new@mail.example")
    note_bounce(users)
    mailer = FakeMailer()
    assert run(users, mailer).result == "sent"
    assert [message.to for message in mailer.taken] == ["new@mail.example"]


def test_a_bounce_that_is_noted_after_the_look_stops_the_mail(users: Users) -> None:
    users.put()
    client = boto3.client("dynamodb")
    once_before(client, "UpdateItem", lambda: note_bounce(users))
    mailer = FakeMailer()
    claims = Claims(UserTable(client, users.name), "first", seconds=60)
    with pytest.raises(ActivationMailInProgressError):
        deliver("anna", claims, mailer, texts=TEXTS, now=NOW)
    assert run(users, mailer, sender="retry") == Delivery("not_welcome", "NONE")
    assert mailer.taken == []


def test_a_withheld_mail_is_not_sent(users: Users) -> None:
    users.put()
    users.withhold_mail()
    before = users.get()
    mailer = FakeMailer()
    assert run(users, mailer) == Delivery("withheld", "NONE")
    assert mailer.taken == []
    assert users.get() == before


def test_a_disabled_user_gets_no_mail(users: Users) -> None:
    users.put(disabledAt="1795341600")
    mailer = FakeMailer()
    assert run(users, mailer) == Delivery("withheld", "NONE")
    assert mailer.taken == []


def test_a_mail_that_is_withheld_after_the_look_is_not_sent(users: Users) -> None:
    users.put()
    client = boto3.client("dynamodb")
    once_before(client, "UpdateItem", users.withhold_mail)
    mailer = FakeMailer()
    claims = Claims(UserTable(client, users.name), "first", seconds=60)
    with pytest.raises(ActivationMailInProgressError):
        deliver("anna", claims, mailer, texts=TEXTS, now=NOW)
    assert run(users, mailer, sender="retry") == Delivery("withheld", "NONE")
    assert mailer.taken == []


@pytest.mark.parametrize("username", ["nobody", ""])
def test_a_missing_user_gets_nothing_and_is_not_created(users: Users, username: str) -> None:
    mailer = FakeMailer()
    assert run(users, mailer, username=username) == Delivery("no_such_user", "")
    assert mailer.taken == []
    assert users.get("nobody") == {}


@pytest.mark.parametrize(
    "wrong", [{"email": None}, {"email": " "}, {"email": "no address"}, {"activationUrlBase": "x"}]
)
def test_an_item_that_cannot_be_mailed_to_is_left_as_it_is(
    users: Users, wrong: dict[str, Any]
) -> None:
    users.put(**wrong)
    before = users.get()
    mailer = FakeMailer()
    with pytest.raises(InvalidUserError, match=f"^{next(iter(wrong))}: "):
        run(users, mailer)
    assert mailer.taken == []
    assert users.get() == before


def test_a_task_run_again_sends_nothing_more(users: Users) -> None:
    users.put()
    mailer = FakeMailer()
    run(users, mailer)
    assert run(users, mailer, sender="second") == Delivery("not_needed", "MAIL_SENT")
    assert len(mailer.taken) == 1


def test_a_mail_that_is_sent_again_has_a_new_token_of_its_own_age(
    users: Users, keep_only_hash: Act, start_over: Act
) -> None:
    users.put()
    keep_only_hash()
    mailer = FakeMailer()
    run(users, mailer)
    start_over()
    assert run(users, mailer, sender="second", now=NOW + 9000).result == "sent"
    first, second = mailer.tokens()
    assert first != second
    assert users.get()["activationTokenHash"] == hash_of(second)
    assert users.get()["activationTokenCreatedAt"] == str(NOW + 9000)
    assert "activationToken" not in users.get()


def test_a_status_set_back_by_hand_leaves_no_age_to_a_new_token(
    users: Users, keep_only_hash: Act
) -> None:
    users.put()
    keep_only_hash()
    mailer = FakeMailer()
    run(users, mailer)
    users.set(activationStatus="NONE")  # the former hash and its age are still there
    run(users, mailer, sender="second", now=NOW + 9000)
    assert users.get()["activationTokenHash"] == hash_of(mailer.tokens()[1])
    assert users.get()["activationTokenCreatedAt"] == str(NOW + 9000)


@pytest.mark.parametrize(("token", "age"), [("theirs", NOW), ("another", NOW + 9000)])
def test_a_token_of_the_applications_has_the_age_of_its_first_mail(
    users: Users, token: str, age: int
) -> None:
    users.put(activationToken="theirs")
    mailer = FakeMailer()
    run(users, mailer)
    users.set(activationStatus="NONE", activationToken=token)
    run(users, mailer, sender="second", now=NOW + 9000)
    assert mailer.tokens() == ["theirs", token]
    assert users.get()["activationTokenHash"] == hash_of(token)
    assert users.get()["activationTokenCreatedAt"] == str(age)


def test_a_retry_that_a_resend_overtakes_after_its_look_does_not_bring_the_token_back(
    users: Users, start_over: Act
) -> None:
    users.put()
    with pytest.raises(KilledError):
        run(users, FakeMailer(before=raising(KilledError())))
    client = boto3.client("dynamodb")
    once_before(client, "UpdateItem", start_over)
    old, new = FakeMailer(), FakeMailer()
    claims = Claims(UserTable(client, users.name), "retry", seconds=60)
    with pytest.raises(ActivationMailInProgressError):
        deliver("anna", claims, old, texts=TEXTS, now=NOW + 61)
    assert old.taken == []
    # Whichever of the two executions comes next sends the one mail; the other finds it sent.
    assert run(users, new, sender="resend", now=NOW + 62).result == "sent"
    assert run(users, old, sender="retry again", now=NOW + 63).result == "not_needed"
    assert (len(old.taken), len(new.taken)) == (0, 1)
    assert users.get()["activationTokenHash"] == hash_of(new.tokens()[0])


def test_a_user_put_back_during_the_mail_is_left_to_the_next_sender(
    users: Users, start_over: Act
) -> None:
    users.put()
    mailer = FakeMailer(after=start_over)
    assert run(users, mailer) == Delivery("sent", "NONE", "mail-1")
    assert "activationMailClaim" not in users.get()
    again = FakeMailer()
    assert run(users, again, sender="second").result == "sent"
    assert users.get()["activationTokenHash"] == hash_of(again.tokens()[0])


def test_of_two_senders_the_second_waits_for_the_first(users: Users) -> None:
    users.put()
    second = FakeMailer()

    def race() -> None:
        with pytest.raises(ActivationMailInProgressError):
            run(users, second, sender="second")

    first = FakeMailer(before=race, after=race)
    assert run(users, first).result == "sent"
    assert (len(first.taken), len(second.taken)) == (1, 0)
    assert users.get()["activationStatus"] == "MAIL_SENT"


def test_a_sender_overtaken_after_its_look_sends_nothing(users: Users) -> None:
    users.put()
    first, second = FakeMailer(), FakeMailer()
    client = boto3.client("dynamodb")
    # The other sender does all its work between this one's look at the item and its claim.
    once_before(client, "UpdateItem", lambda: run(users, second, sender="second"))
    claims = Claims(UserTable(client, users.name), "first", seconds=60)
    assert deliver("anna", claims, first, texts=TEXTS, now=NOW) == Delivery(
        "not_needed", "MAIL_SENT"
    )
    assert (len(first.taken), len(second.taken)) == (0, 1)


def test_a_user_deleted_after_the_look_is_not_brought_back(users: Users) -> None:
    users.put()
    mailer = FakeMailer()
    client = boto3.client("dynamodb")
    once_before(client, "UpdateItem", users.delete)
    claims = Claims(UserTable(client, users.name), "first", seconds=60)
    assert deliver("anna", claims, mailer, texts=TEXTS, now=NOW) == Delivery("no_such_user", "")
    assert mailer.taken == []
    assert users.get() == {}


def test_racing_threads_send_one_mail(users: Users) -> None:
    users.put()
    make_atomic(users.dynamodb)
    mailer = FakeMailer()
    start = threading.Barrier(4)
    outcomes: list[object] = []

    def race(sender: str) -> None:
        start.wait(10)
        try:
            outcomes.append(run(users, mailer, sender=sender).result)
        except ActivationMailInProgressError as error:
            outcomes.append(type(error))

    threads = [threading.Thread(target=race, args=(f"sender-{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(mailer.taken) == 1
    assert outcomes.count("sent") == 1
    assert len(outcomes) == 4
    assert set(outcomes) <= {"sent", "not_needed", ActivationMailInProgressError}
    assert users.get()["activationStatus"] == "MAIL_SENT"


@pytest.mark.parametrize("only_hash", [False, True])
def test_a_crash_after_acceptance_sends_again_with_the_same_token_but_loses_none(
    users: Users, keep_only_hash: Act, only_hash: bool
) -> None:
    users.put()
    if only_hash:
        keep_only_hash()
    mailer = FakeMailer(after=raising(KilledError()))
    with pytest.raises(KilledError):
        # A kill runs no handler; what stands on the item then is the claim.
        run(users, mailer)
    assert users.get()["activationStatus"] == "NONE"

    again = FakeMailer()
    with pytest.raises(ActivationMailInProgressError):
        run(users, again, sender="second", now=NOW + 60)
    assert again.taken == []
    assert run(users, again, sender="third", now=NOW + 61).result == "sent"
    assert again.tokens() == mailer.tokens()
    assert users.get()["activationStatus"] == "MAIL_SENT"
    assert users.get()["activationTokenHash"] == hash_of(mailer.tokens()[0])
    assert users.get()["activationTokenCreatedAt"] == str(NOW)
    assert ("activationToken" in users.get()) is not only_hash
    assert "activationMailClaim" not in users.get()


def test_a_failed_status_write_keeps_the_claim(users: Users) -> None:
    users.put()
    mailer = FakeMailer()
    client = boto3.client("dynamodb")
    mailer.after = lambda: fail(client, "UpdateItem", "ThrottlingException", status=400)
    claims = Claims(UserTable(client, users.name), "first", seconds=60)
    with pytest.raises(ServiceUnavailableError):
        deliver("anna", claims, mailer, texts=TEXTS, now=NOW)
    assert users.get()["activationMailClaim"] == "first"
    with pytest.raises(ActivationMailInProgressError):
        run(users, mailer, sender="second")
    assert len(mailer.taken) == 1


@pytest.mark.parametrize(
    "error",
    [
        ServiceUnavailableError("SES: busy"),
        SendingRateExceededError("SES: slower"),
        MailRejectedError("SES: no"),
        ValueError("x"),
    ],
)
def test_a_mail_that_was_not_sent_leaves_the_user_free_for_the_next(
    users: Users, error: Exception
) -> None:
    users.put()
    with pytest.raises(type(error)) as caught:
        run(users, FakeMailer(before=raising(error)))
    assert caught.value is error
    assert "activationMailClaim" not in users.get()
    assert users.get()["activationStatus"] == "NONE"
    mailer = FakeMailer()
    assert run(users, mailer, sender="second").result == "sent"
    assert mailer.tokens() == [users.get()["activationToken"]]


def test_where_the_claim_cannot_be_released_the_first_error_is_told(users: Users) -> None:
    users.put()
    client = boto3.client("dynamodb")

    def refuse() -> None:
        fail(client, "UpdateItem")
        raise MailRejectedError("SES: no")

    claims = Claims(UserTable(client, users.name), "first", seconds=60)
    with pytest.raises(MailRejectedError):
        deliver("anna", claims, FakeMailer(before=refuse), texts=TEXTS, now=NOW)
    assert users.get()["activationMailClaim"] == "first"  # ends by itself


def test_an_item_spoilt_after_the_look_is_refused_and_released(users: Users) -> None:
    users.put()
    client = boto3.client("dynamodb")
    once_before(client, "UpdateItem", lambda: users.set(email="nonsense"))
    mailer = FakeMailer()
    claims = Claims(UserTable(client, users.name), "first", seconds=60)
    with pytest.raises(InvalidUserError):
        deliver("anna", claims, mailer, texts=TEXTS, now=NOW)
    assert mailer.taken == []
    assert "activationMailClaim" not in users.get()


def test_a_user_who_was_quicker_with_the_link_stays_done(users: Users) -> None:
    users.put()
    mailer = FakeMailer(after=lambda: users.set(activationStatus="DONE"))
    assert run(users, mailer) == Delivery("sent", "DONE", "mail-1")
    assert users.get()["activationStatus"] == "DONE"
    assert "activationMailClaim" not in users.get()


def test_a_user_deleted_during_the_mail_is_not_brought_back(users: Users) -> None:
    users.put()
    assert run(users, FakeMailer(after=users.delete)) == Delivery("sent", "", "mail-1")
    assert users.get() == {}


def test_a_lost_answer_to_the_claim_is_no_error_and_changes_no_token(users: Users) -> None:
    users.put()
    client = boto3.client("dynamodb")
    waits = [0]
    tokens: list[str] = []

    def ask_again(**_: object) -> int | None:
        """The client takes the first answer for lost, and asks again at once."""
        tokens.append(users.get()["activationToken"])
        return waits.pop() if waits else None

    # What a handler of this event gives back is the wait, though the types don't say so.
    handler = cast("Callable[..., None]", ask_again)
    client.meta.events.register_first("needs-retry.dynamodb.UpdateItem", handler)
    mailer = FakeMailer()
    claims = Claims(UserTable(client, users.name), "first", seconds=60)
    assert deliver("anna", claims, mailer, texts=TEXTS, now=NOW).result == "sent"
    assert tokens == mailer.tokens() * 3  # the claim twice, and the mark
    assert users.get()["activationTokenCreatedAt"] == str(NOW)


def test_a_lost_answer_to_the_status_write_is_no_error(users: Users) -> None:
    users.put()
    client = boto3.client("dynamodb")
    mailer = FakeMailer()
    mailer.after = lambda: once_after(
        client, "UpdateItem", lambda: users.set(activationStatus="MAIL_SENT")
    )
    claims = Claims(UserTable(client, users.name), "first", seconds=60)
    assert deliver("anna", claims, mailer, texts=TEXTS, now=NOW).activation_status == ("MAIL_SENT")


def test_the_message_id_is_the_only_trace_of_the_mail_in_the_result(users: Users) -> None:
    users.put(activationToken="theirs")
    shown = repr(run(users, FakeMailer()))
    assert "theirs" not in shown
    assert "mail.example" not in shown
