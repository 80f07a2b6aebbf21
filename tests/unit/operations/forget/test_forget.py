"""Deleting one person everywhere, and nobody else."""

import builtins
import hashlib
import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from operations import deployment
from operations.errors import OperationsError
from operations.forget import __main__ as command
from operations.forget import deletion
from operations.forget.__main__ import DONE, NOT_DONE, main
from operations.forget.part import PersonalData
from operations.forget.person import Person, find_by_profile_id, find_by_username
from operations.forget.personal_data import personal_data_of
from operations.forget.pictures import Picture, pictures_of
from operations.forget.queues import is_about
from operations.redrive import failure_queue
from shared.errors import ServiceUnavailableError
from tests.unit.builders import BUCKET, USER_PROFILE_TABLE, event
from tests.unit.operations.forget.conftest import Stack
from web_api.uploads import upload_to


class Suppression:
    """SES, as far as its suppression list goes."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = set(addresses)

    def get_suppressed_destination(self, *, EmailAddress: str) -> None:  # noqa: N803 - SES's name
        if EmailAddress not in self.addresses:
            raise ClientError({"Error": {"Code": "NotFoundException"}}, "a call")

    def delete_suppressed_destination(self, *, EmailAddress: str) -> None:  # noqa: N803 - as above
        self.get_suppressed_destination(EmailAddress=EmailAddress)
        self.addresses.remove(EmailAddress)


@pytest.fixture(autouse=True)
def ses(monkeypatch: pytest.MonkeyPatch) -> Suppression:
    """The address of ada bounced once, and that of somebody else."""
    made = Suppression("ada@mail.example", "bob@mail.example")
    original = deployment.Deployment.client
    # One of each for a test: making a client takes 10 ms.
    clients: dict[str, Any] = {"sesv2": made}

    def client(self: deployment.Deployment, service: str) -> Any:  # noqa: ANN401 - made by name
        if service not in clients:
            clients[service] = original(self, service)
        return clients[service]

    monkeypatch.setattr(deployment.Deployment, "client", client)
    monkeypatch.setattr(deployment.Deployment, "prepare", lambda _: None)
    monkeypatch.setattr(deployment.Deployment, "__str__", lambda _: "a test")
    return made


@pytest.fixture
def two(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Stack:
    """Ada is to go, and bob to stay."""
    monkeypatch.setattr(deployment, "find", lambda _cloud, _environment: stack.deployment)
    stack.add_person("ada", 17)
    stack.add_person("bob", 170)
    return stack


def ids_about(stack: Stack, username: str) -> set[str]:
    """The ids of the web-state table with the hash of a username, its mail address or profile."""
    names = (username, f"{username}@mail.example", {"ada": "17", "bob": "170"}[username])
    hashes = {hashlib.sha256(name.encode()).hexdigest() for name in names}
    return {item_id for item_id in stack.state_ids() if hashes & set(item_id.split("#"))}


def test_nothing_is_left_of_one_and_all_of_the_other(
    two: Stack, ses: Suppression, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "ada" in two.everything()
    bob = two.everything().count("bob")
    about_ada, others = ids_about(two, "ada"), two.state_ids() - ids_about(two, "ada")
    # Sign-ins by user, from a network and on a device, mails an hour and a day, two
    # refusals, uploads.
    assert len(about_ada) == len(ids_about(two, "bob")) == 8
    assert len(others) == 9  # bob's, and the network's sign-ins
    assert main(["--yes", "ada"]) == DONE
    left = two.everything()
    assert two.state_ids() == others
    assert "ada" not in left
    assert "users/17/" not in left
    assert "'17'" not in left
    assert left.count("bob") == bob
    assert left.count("users/170/") >= 6
    assert ses.addresses == {"bob@mail.example"}
    told = capsys.readouterr().out
    assert "original/users/17/former.jpg, 2 version(s)" in told
    assert "failure queue activation: 1 message(s)" in told
    assert "90 days" in told
    assert "until 60 seconds after its permission" in told
    assert "--profile-id 17" in told


def test_it_can_be_run_again(two: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    del two
    assert main(["--yes", "ada"]) == DONE
    assert main(["--yes", "ada"]) == DONE
    assert "There is nothing of this person." in capsys.readouterr().out


@pytest.mark.parametrize("failing", range(14))
def test_it_can_be_run_again_wherever_it_was_interrupted(
    two: Stack, monkeypatch: pytest.MonkeyPatch, failing: int
) -> None:
    count = 0

    def counting(part: PersonalData) -> None:
        nonlocal count
        count += 1
        if count == failing + 1:
            raise OperationsError("interrupted")
        part.delete()

    monkeypatch.setattr(deletion, "delete", counting)
    main(["--yes", "ada"])
    assert main(["--yes", "ada"]) == DONE
    assert "ada" not in two.everything()
    assert "users/17/" not in two.everything()


@pytest.mark.parametrize(("typed", "goes"), [("ada", True), ("bob", False), ("", False)])
def test_it_asks_first(
    two: Stack, monkeypatch: pytest.MonkeyPatch, typed: str, *, goes: bool
) -> None:
    monkeypatch.setattr(builtins, "input", lambda _: typed)
    assert main(["ada"]) == (DONE if goes else NOT_DONE)
    assert ("ada" in two.everything()) is not goes


def test_nobody_to_ask_is_no(two: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_input(_: str) -> str:
        raise EOFError

    monkeypatch.setattr(builtins, "input", no_input)
    assert main(["ada"]) == NOT_DONE
    assert "ada" in two.everything()


def test_a_deployment_without_pictures_forgets_too(
    two: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("profile_images_bucket_name", "user_profile_table_name")
    outputs = {**two.deployment.outputs, **dict.fromkeys(names)}
    mails_only = deployment.Deployment(outputs, two.deployment.region)
    monkeypatch.setattr(deployment, "find", lambda _cloud, _environment: mails_only)
    two.users.put("cora")
    assert main(["--yes", "cora"]) == DONE
    assert "cora" not in two.everything()


def test_the_count_of_uploads_goes_with_its_profile(two: Stack) -> None:
    assert upload_to(17, most=50).item_id in two.everything()
    assert main(["--yes", "ada"]) == DONE
    assert upload_to(17, most=50).item_id not in two.everything()
    assert upload_to(170, most=50).item_id in two.everything()


def test_a_profile_leads_to_its_user(two: Stack) -> None:
    assert main(["--yes", "--profile-id", "17"]) == DONE
    assert "ada" not in two.everything()


def test_a_profile_that_only_claims_a_user_does_not_take_the_user_along(two: Stack) -> None:
    two.profiles.put(99, username="bob")
    person = find_by_profile_id(two.deployment, 99)
    assert (person.username, person.profile_id, person.has_profile) == (None, 99, True)


def test_what_is_left_of_a_profile_is_found_without_its_item(two: Stack) -> None:
    two.users.dynamodb.delete_item(TableName="onboarding-User", Key={"username": {"S": "ada"}})
    two.users.dynamodb.delete_item(TableName=USER_PROFILE_TABLE, Key={"id": {"N": "17"}})
    assert main(["--yes", "--profile-id", "17"]) == DONE
    assert "users/17/" not in two.everything()


def test_a_user_who_never_activated(two: Stack) -> None:
    two.users.put("cora")
    assert [
        part.what
        for part in personal_data_of(
            two.deployment, find_by_username(two.deployment, "cora"), search_bucket=False
        )
    ] == ["table onboarding-User: user cora"]
    assert main(["--yes", "cora"]) == DONE
    assert "cora" not in two.everything()


def test_without_the_web_api_there_are_no_counters(two: Stack) -> None:
    outputs = {**two.deployment.outputs, "web_state_table_name": None}
    without = deployment.Deployment(outputs, "eu-central-1")
    found = personal_data_of(without, find_by_username(without, "ada"), search_bucket=False)
    assert not [part for part in found if "web-state" in part.what]


def test_what_comes_again_and_again_is_said(
    two: Stack, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    del two
    monkeypatch.setattr(deletion, "delete", lambda _: None)
    assert main(["--yes", "ada"]) == NOT_DONE
    assert "comes again and again" in capsys.readouterr().err


# --- pictures ---


def keys_of(stack: Stack, person: Person, *, search_bucket: bool = False) -> dict[str, int]:
    found = pictures_of(stack.client("s3"), BUCKET, person, search_bucket=search_bucket)
    return {picture.key: len(picture.version_ids) for picture in found}


def test_a_queue_too_large_to_be_seen_whole_is_told_of(
    two: Stack, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert two.users.get("ada")
    monkeypatch.setattr(failure_queue, "HELD_SECONDS", 0)  # each comes round at once
    assert main(["--yes", "ada"]) == DONE
    told = capsys.readouterr().err
    assert "failure queue activation: too many messages to be sure of all" in told
    assert "set_profile_image" not in told


def test_a_key_of_another_application_is_the_persons_where_it_says_so(stack: Stack) -> None:
    stack.profiles.put(17, "original/ada.jpg")
    stack.put_picture("original/ada.jpg", 18)  # somebody had the name before
    stack.put_picture("original/ada.jpg", 17)
    stack.put_picture("original/ada.jpg.bak", 17)
    stack.put_picture("thumbnails/ada.jpg", 17)
    stack.client("s3").delete_object(Bucket=BUCKET, Key="thumbnails/ada.jpg")
    stack.put_picture("thumbnails-96/ada.jpg", 17)
    stack.put_picture("thumbnails-300/ada.jpg", 18)
    stack.put_picture("thumbnails-of-others/ada.jpg", 17)
    person = find_by_profile_id(stack.deployment, 17)
    assert keys_of(stack, person) == {
        "original/ada.jpg": 1,
        "thumbnails/ada.jpg": 2,
        "thumbnails-96/ada.jpg": 1,
    }


@pytest.mark.parametrize("owner", [18, None])
def test_a_picture_that_is_anothers_or_nobodys_stays(stack: Stack, owner: int | None) -> None:
    stack.profiles.put(17, "original/default.jpg")
    stack.put_picture("original/default.jpg", owner)
    assert keys_of(stack, find_by_profile_id(stack.deployment, 17)) == {}


def test_searching_the_bucket_finds_former_pictures(stack: Stack) -> None:
    stack.put_picture("original/before.jpg", 17)
    stack.put_picture("original/other.jpg", 18)
    person = find_by_profile_id(stack.deployment, 17)
    assert keys_of(stack, person) == {}
    assert keys_of(stack, person, search_bucket=True) == {"original/before.jpg": 1}


def test_what_s3_could_not_delete_is_an_error() -> None:
    class Refusing:
        def delete_objects(self, **_: object) -> dict[str, object]:
            return {"Errors": [{"Key": "k", "Code": "AccessDenied", "Message": "no"}]}

    with pytest.raises(OperationsError, match="k: AccessDenied: no"):
        Picture("k", ("v",)).delete(Refusing(), BUCKET)


# --- messages ---

ADA = Person("ada", 17, "ada@mail.example", frozenset({"original/a b.jpg"}))


@pytest.mark.parametrize(
    ("body", "about"),
    [
        ('{"input": {"username": "ada"}}', True),
        ('{"input": "{\\"username\\": \\"ada\\"}"}', True),
        ('{"input": {"username": "adam"}}', False),
        ('{"ada": "a name of a field"}', False),
        ('{"cause": "ada is mentioned"}', False),
        ('{"key": "original/a+b.jpg"}', True),
        ('{"key": "original/users/17/x.jpg"}', True),
        ('{"key": "original/users/170/x.jpg"}', False),
        ('{"key": "thumbnails%2Fusers%2F17%2Fx.jpg"}', True),
        ('{"key": "thumbnails-96/users/17/x.jpg"}', True),
        ('{"key": "thumbnails-x/users/17/x.jpg"}', False),
        ('["ada@mail.example", 1, null]', True),
        # SES's report on a mail, as SNS hands it on.
        ('{"Message": "{\\"mail\\": {\\"destination\\": [\\"ada@mail.example\\"]}}"}', True),
        ("no JSON", False),
        ("{broken", False),
        ("[" * 100_000, False),
    ],
)
def test_a_message_is_about_whom_it_names(body: str, *, about: bool) -> None:
    assert is_about(body, ADA) is about


@pytest.mark.parametrize(("username", "about"), [("anna", True), ("anne", False)])
def test_what_ses_says_of_a_mail_is_about_whom_its_tag_names(username: str, *, about: bool) -> None:
    assert is_about(json.dumps(event("ses_bounce")), Person(username)) is about


@pytest.mark.parametrize(
    "username",
    [
        *("input", "error", "username", "version", "1.0", "timestamp", "eu-central-1", "key"),
        *("bucket", "mail", "tags", "headers", "source", "abuse", "object", "s3"),
    ],
)
@pytest.mark.parametrize(
    "name",
    ["failure_execution", "failure_invocation", "failure_stream", "ses_bounce", "ses_complaint"],
)
def test_a_name_that_every_message_has_deletes_nobody_elses(username: str, name: str) -> None:
    assert not is_about(json.dumps(event(name)), Person(username))


def test_a_message_is_about_nobody_of_whom_nothing_is_known() -> None:
    assert not is_about('{"username": "None", "key": "original/users/None/x"}', Person("x"))


def test_a_table_that_cannot_answer_now_is_an_error_with_what_to_do(
    two: Stack, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    del two

    def refuse(*_: object) -> None:
        raise ServiceUnavailableError("table User: ThrottlingException")

    monkeypatch.setattr(command, "find_by_username", refuse)
    assert main(["--yes", "ada"]) == NOT_DONE
    assert "error: table User: ThrottlingException\nRun it again" in capsys.readouterr().err
