"""Signing in: who is let in, what everybody else learns, and whom others can lock out."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import time_machine

from tests.unit.builders import Users
from tests.unit.web_api.api import PASSWORD, SessionKey, WebState
from tests.unit.web_api.calls import calls_of
from web_api import passwords
from web_api.accounts import Account
from web_api.attempts import (
    SIGN_IN_BY_DEVICE,
    SIGN_IN_BY_NETWORK,
    SIGN_IN_BY_USER,
    SIGN_IN_BY_USER_AND_NETWORK,
)
from web_api.devices import Devices
from web_api.limits import Counts, TooManyAttemptsError, Use
from web_api.models import Credentials
from web_api.passwords import hash_of
from web_api.sign_in import WRONG_CREDENTIALS, FailedSignIn, Source, sign_in
from web_api.signing_key import SigningKeys
from web_api.web_state_table import WebStateTable

NOW = 1_795_341_600
HOME = "192.0.2.10"
WRONG = "wrong horse battery"


@dataclass(frozen=True)
class Door:
    """What a sign-in works on."""

    users: Users
    web_state: WebState
    devices: Devices

    @property
    def counts(self) -> Counts:
        return Counts(WebStateTable(self.web_state.dynamodb, self.web_state.name))

    def attempt(
        self,
        username: str = "anna",
        password: str = PASSWORD,
        *,
        address: str = HOME,
        device: str | None = None,
    ) -> Account | FailedSignIn:
        return sign_in(
            self.users.table,
            self.counts,
            self.devices,
            Credentials(username=username, password=password),
            source=Source(address, device),
            now=NOW,
        )

    def guesses(self, times: int, *, address: str = HOME, device: str | None = None) -> int:
        """How many of some guesses at a password are checked."""
        for number in range(times):
            try:
                guess = self.attempt(password=WRONG, address=address, device=device)
            except TooManyAttemptsError:
                return number
            assert guess == WRONG_CREDENTIALS
        return times

    def device_of(self, username: str = "anna", generation: str = "first") -> str:
        return self.devices.remember(username, generation).value


@pytest.fixture
def door(users: Users, web_state: WebState, session_key: SessionKey) -> Iterator[Door]:
    keys = SigningKeys(session_key.ssm, session_key.name)
    with time_machine.travel(NOW, tick=False):
        yield Door(users, web_state, Devices(keys))


@pytest.fixture(scope="module")
def password_hash() -> str:
    return hash_of(PASSWORD)


@pytest.fixture(autouse=True)
def anna(users: Users, password_hash: str) -> None:
    users.put(activationStatus="DONE", passwordHash=password_hash, sessionGeneration="first")
    users.put("other", activationStatus="DONE")


def test_who_is_activated_and_knows_the_password_is_let_in(door: Door) -> None:
    account = door.attempt()
    assert isinstance(account, Account)
    assert (account.username, account.name, account.generation) == ("anna", "Anna Berg", "first")


def test_the_first_sign_in_gives_a_generation(door: Door, users: Users, password_hash: str) -> None:
    users.put(activationStatus="DONE", passwordHash=password_hash)
    assert door.attempt(password=WRONG) == WRONG_CREDENTIALS
    assert "sessionGeneration" not in users.get()
    account = door.attempt()
    assert isinstance(account, Account)
    assert account.generation
    assert users.get()["sessionGeneration"] == account.generation


def test_a_wrong_password_an_unknown_user_and_one_without_a_password_are_told_alike(
    door: Door,
) -> None:
    assert door.attempt(password=WRONG) == WRONG_CREDENTIALS
    assert door.attempt("nobody") == WRONG_CREDENTIALS
    assert door.attempt("other") == WRONG_CREDENTIALS


@pytest.mark.parametrize("username", ["nobody", "other", "anna"])
@pytest.mark.parametrize("cookie", ["none", "made up", "of anna's device"])
def test_each_attempt_costs_one_read_and_one_check_of_a_password(
    door: Door, username: str, cookie: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[str] = []
    matches = passwords._matches

    def watched(password: str, password_hash: str) -> bool | None:
        checked.append(password_hash)
        return matches(password, password_hash)

    monkeypatch.setattr(passwords, "_matches", watched)
    reads = calls_of(door.users.dynamodb, "GetItem")
    device = {"none": None, "made up": "x.y.z", "of anna's device": door.device_of()}[cookie]

    door.attempt(username, WRONG, device=device)

    assert (len(checked), len(reads)) == (1, 1)


@pytest.mark.parametrize(
    ("attribute", "reason"),
    [
        ({"activationStatus": "MAIL_SENT"}, "not-activated"),
        ({"disabledAt": "1"}, "account-disabled"),
    ],
)
def test_only_who_knows_the_password_learns_why_nobody_is_let_in(
    door: Door, users: Users, attribute: dict[str, str], reason: str
) -> None:
    users.set(**attribute)
    failed = door.attempt()
    assert isinstance(failed, FailedSignIn)
    assert failed.reason == reason
    assert door.attempt(password=WRONG) == WRONG_CREDENTIALS


def test_after_ten_wrong_passwords_the_right_one_is_not_even_looked_at(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert door.guesses(11) == SIGN_IN_BY_USER_AND_NETWORK.most == 10
    monkeypatch.delattr(passwords, "_matches")
    with pytest.raises(TooManyAttemptsError):
        door.attempt()


def test_signing_in_buys_nobody_more_guesses(door: Door) -> None:
    """27 guesses in a window were possible: each sign-in of the owner's reset the count."""
    checked = 0
    for _ in range(3):
        checked += door.guesses(9)
        if checked < SIGN_IN_BY_USER_AND_NETWORK.most:
            assert isinstance(door.attempt(), Account)
    assert checked == SIGN_IN_BY_USER_AND_NETWORK.most


# Devices


def test_strangers_guesses_lock_no_known_device_out(door: Door) -> None:
    """Ten wrong tries in 0.6 s shut the owner out for a quarter of an hour."""
    use_up(door, SIGN_IN_BY_USER.of("anna"))
    assert door.guesses(1, address="192.0.2.99") == 0
    assert isinstance(door.attempt(address="192.0.2.99", device=door.device_of()), Account)


def test_neighbours_in_the_network_lock_no_known_device_out(door: Door) -> None:
    use_up(door, SIGN_IN_BY_USER_AND_NETWORK.of("anna", HOME))
    use_up(door, SIGN_IN_BY_NETWORK.of(HOME))
    assert door.guesses(1) == 0
    assert isinstance(door.attempt(device=door.device_of()), Account)


def test_a_device_has_ten_guesses_of_its_own(door: Door) -> None:
    device, other = door.device_of(), door.device_of()
    assert door.guesses(11, device=device) == SIGN_IN_BY_DEVICE.most == 10
    # From another network, too; and they count nowhere else.
    assert door.guesses(1, device=device, address="192.0.2.99") == 0
    assert isinstance(door.attempt(device=other), Account)
    assert isinstance(door.attempt(), Account)
    counted = {item_id.rpartition("#")[0] for item_id in door.web_state.items()}
    assert SIGN_IN_BY_DEVICE.of("anna").item_id in counted


def test_signing_in_on_a_device_gives_its_own_use_back_only(door: Door) -> None:
    device = door.device_of()
    assert door.guesses(9, device=device) == 9
    assert isinstance(door.attempt(device=device), Account)
    assert door.guesses(2, device=device) == 1


@pytest.mark.parametrize("case", ["another user's", "revoked", "made up"])
def test_without_a_device_of_the_users_everybody_counts(door: Door, case: str) -> None:
    use_up(door, SIGN_IN_BY_USER_AND_NETWORK.of("anna", HOME))
    device = {
        "another user's": door.device_of("bert"),
        "revoked": door.device_of(generation="former"),
        "made up": "x.y.z",
    }[case]
    with pytest.raises(TooManyAttemptsError):
        door.attempt(device=device)


def test_a_device_of_a_deleted_user_is_a_strangers(door: Door, users: Users) -> None:
    users.delete()
    use_up(door, SIGN_IN_BY_USER_AND_NETWORK.of("anna", HOME))
    with pytest.raises(TooManyAttemptsError):
        door.attempt(device=door.device_of())


def use_up(door: Door, use: Use) -> None:
    for _ in range(use.limit.most):
        door.counts.take(use, now=NOW)
