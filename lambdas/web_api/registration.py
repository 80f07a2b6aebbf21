"""Registering a user. The new item then starts the activation mail."""

import hmac
from collections.abc import Collection
from contextlib import ExitStack
from dataclasses import dataclass

from shared.dynamodb import Item, text_of
from shared.user_table import STATUS_NONE, UserTable
from web_api.limits import Counts, Limit, Taken, TooManyAttemptsError, Use, network_of
from web_api.mail_limits import mail_to
from web_api.models import FieldError, Registration
from web_api.password_strength import Weakness, weakness_of
from web_api.passwords import hash_of
from web_api.problems import ProblemError, invalid
from web_api.refusals import Refusals
from web_api.reserved_usernames import is_reserved
from web_api.sessions import new_generation

# Tries for each sign-up that a network may have. People need a few: names are taken, and passwords
# weak. Who lists usernames, or keeps the function judging and hashing, makes many.
TRIES_FOR_A_SIGN_UP = 3


@dataclass(frozen=True, slots=True)
class SignUpRules:
    """What sign-ups are allowed.

    Attributes:
        per_hour: The users that one network may register in an hour.
        reserved_usernames: Usernames that nobody may have, beside those of every deployment.
        user_seconds: How long a user who never activates is kept; None: for ever.
        product_name: The product's name, which a password must not be made of.
    """

    per_hour: int
    reserved_usernames: Collection[str] = ()
    user_seconds: int | None = None
    product_name: str = ""

    @property
    def by_network(self) -> Limit:
        """The limit on users that one network registers."""
        return Limit("sign-up#network", most=self.per_hour, seconds=3600)

    @property
    def tries_by_network(self) -> Limit:
        """The limit on tries of one network, whether they register somebody or not."""
        return Limit("sign-up#tries", most=self.per_hour * TRIES_FOR_A_SIGN_UP, seconds=3600)


@dataclass(frozen=True, slots=True)
class SignUps:
    """Sign-ups of all users.

    Attributes:
        users: The User table.
        counts: The counts of sign-ups and mails.
        refusals: What mailbox owners have refused.
        rules: What is allowed.
    """

    users: UserTable
    counts: Counts
    refusals: Refusals
    rules: SignUpRules

    def register(
        self, registration: Registration, *, address: str, activation_url_base: str, now: int
    ) -> bool:
        """Write a new user; False, and nothing written, where the username is taken or reserved.

        Args:
            registration: The user.
            address: The IP address that the sign-up comes from.
            activation_url_base: The address that the activation link starts with.
            now: In seconds since the epoch.

        Raises:
            ProblemError: The password is easy to guess: nothing was written.
            TooManyAttemptsError: Its network has signed up too often: nothing was written.
            ServiceUnavailableError: DynamoDB can't answer now. The user may have been written.
        """
        network = network_of(address)
        sign_up = self.rules.by_network.of(network)
        a_try = self.rules.tries_by_network.of(network)
        # Before it is known whether a user is made, so that a hundred at once count as a hundred.
        self.counts.take(sign_up, a_try, now=now)
        mail: tuple[Use, ...] = ()
        item: Item | None = None
        weakness: Weakness | None = None
        with ExitStack() as before_the_write:
            before_the_write.callback(self._give_back, sign_up, a_try, now=now)
            is_free = self._is_free(registration.username)
            if is_free:
                weakness = self._weakness(registration)
            if is_free and weakness is None:
                mail = self._take_mail(registration, now=now)
                before_the_write.callback(self._give_back, *mail, now=now)
                item = self._item(registration, activation_url_base, now=now, is_mailed=bool(mail))
            # From here on, an error may hide that the user was written.
            before_the_write.pop_all()
        if item is None or not self._put(registration.username, item):
            self._give_back(sign_up, *mail, now=now)
            if weakness is not None:
                raise _weak_password(weakness)
            return False
        return True

    def _is_free(self, username: str) -> bool:
        """Whether nobody has a username. The write decides; this saves hashing the password."""
        # Reads for a reserved name too, which then takes as long as a taken one.
        found = self.users.get_item(username, ("username",))
        return found is None and not is_reserved(username, self.rules.reserved_usernames)

    def _weakness(self, registration: Registration) -> Weakness | None:
        """Why the password is easy to guess, which costs more than its hash: up to 0.1 s."""
        about = (registration.username, registration.name, registration.email)
        return weakness_of(registration.password, (*about, self.rules.product_name))

    def _take_mail(self, registration: Registration, *, now: int) -> tuple[Use, ...]:
        """What the activation mail uses; nothing where it must not be sent."""
        if self.refusals.was_refused(registration.username, registration.email, now=now):
            return ()
        mail = mail_to(registration.email, "activation")
        try:
            return self.counts.take(*mail, now=now).uses
        except TooManyAttemptsError:
            return ()

    def _item(
        self, registration: Registration, activation_url_base: str, *, now: int, is_mailed: bool
    ) -> Item:
        kept_for = self.rules.user_seconds
        return {
            **self.users.key(registration.username),
            "name": {"S": registration.name},
            "email": {"S": registration.email},
            "activationStatus": {"S": STATUS_NONE},
            "activationUrlBase": {"S": activation_url_base},
            "passwordHash": {"S": hash_of(registration.password)},
            "sessionGeneration": {"S": new_generation()},
            "registeredAt": {"N": str(now)},
            # For the mail function: only the mail needs the token itself.
            "keepOnlyTokenHash": {"BOOL": True},
            **({} if is_mailed else {"mailWithheld": {"BOOL": True}}),
            **({} if kept_for is None else {"expiresAt": {"N": str(now + kept_for)}}),
        }

    def _put(self, username: str, item: Item) -> bool:
        return self.users.put_new(item) or self._is_ours(username, text_of(item, "passwordHash"))

    def _is_ours(self, username: str, password_hash: str) -> bool:
        """Whether this call itself took the username.

        The client retries after a lost response and then finds its own item. The hash's salt tells
        it from any other call's.
        """
        found = self.users.get_item(username, ("username", "passwordHash")) or {}
        return hmac.compare_digest(text_of(found, "passwordHash").encode(), password_hash.encode())

    def _give_back(self, *uses: Use, now: int) -> None:
        self.counts.give_back(Taken(uses, now))


def _weak_password(weakness: Weakness) -> ProblemError:
    return invalid(FieldError(field="password", code=weakness.code, detail=weakness.detail))
