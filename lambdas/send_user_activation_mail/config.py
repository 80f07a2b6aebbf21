"""The function's configuration."""

from dataclasses import dataclass
from functools import cache

from send_user_activation_mail.texts import (
    LANGUAGES,
    MailTexts,
    is_one_line,
    parse_texts,
    texts_in,
)
from shared import environment
from shared.environment import ConfigurationError

DEFAULT_LANGUAGE = "en"


@dataclass(frozen=True, slots=True)
class Config:
    """The function's settings.

    Attributes:
        user_table_name: The User table.
        from_address: The mail's sender, verified with SES.
        mail_texts: The mail's texts, and their language.
        mail_claim_seconds: How long a claim lasts. Longer than the function's time-out: a claim
            must not expire while its sender can still send.
        configuration_set_name: The SES configuration set to send with; None for none.
        seconds_for_each_mail: How long an invocation lasts at least after SES's response. 0: no
            limit on the rate.
    """

    user_table_name: str
    from_address: str
    mail_texts: MailTexts
    mail_claim_seconds: int
    configuration_set_name: str | None
    seconds_for_each_mail: int


@cache
def config() -> Config:
    """The configuration, read from the environment on first use.

    Raises:
        ConfigurationError: A variable is missing or has a wrong value.
    """
    return Config(
        user_table_name=environment.required("USER_TABLE_NAME"),
        from_address=environment.required("FROM_ADDRESS"),
        mail_texts=_mail_texts(),
        mail_claim_seconds=environment.positive_integer("MAIL_CLAIM_SECONDS"),
        configuration_set_name=environment.optional("SES_CONFIGURATION_SET_NAME"),
        seconds_for_each_mail=_seconds_for_each_mail(),
    )


def _seconds_for_each_mail() -> int:
    if environment.optional("SECONDS_FOR_EACH_MAIL") is None:
        return 0
    return environment.positive_integer("SECONDS_FOR_EACH_MAIL")


def _mail_texts() -> MailTexts:
    language = DEFAULT_LANGUAGE
    if environment.optional("MAIL_LANGUAGE") is not None:
        language = environment.one_of("MAIL_LANGUAGE", LANGUAGES)
    product_name = environment.required("PRODUCT_NAME")
    if not is_one_line(product_name):  # it stands in the subject
        raise ConfigurationError("PRODUCT_NAME: has a line break or another control character")
    own_texts = environment.optional("MAIL_TEXTS") or "{}"
    return MailTexts(
        language=language,
        product_name=product_name,
        by_key={**texts_in(language), **parse_texts(own_texts, source="MAIL_TEXTS")},
    )
