"""The function's configuration."""

from dataclasses import dataclass
from functools import cache

from shared import environment


@dataclass(frozen=True, slots=True)
class Config:
    """What the function is set up with.

    Attributes:
        user_table_name: The User table.
        from_address: The mail's sender, verified with SES.
        product_name: The product's name, as the mail says it.
        mail_claim_seconds: How long one sender may be at work on a user, in seconds. Longer than
            the function's time-out: a claim must not end while its sender can still send.
        configuration_set_name: The SES configuration set to send with, if there is one.
    """

    user_table_name: str
    from_address: str
    product_name: str
    mail_claim_seconds: int
    configuration_set_name: str | None


@cache
def config() -> Config:
    """The configuration, read from the environment on first use.

    Raises:
        ConfigurationError: A variable is missing or has a wrong value.
    """
    return Config(
        user_table_name=environment.required("USER_TABLE_NAME"),
        from_address=environment.required("FROM_ADDRESS"),
        product_name=environment.required("PRODUCT_NAME"),
        mail_claim_seconds=environment.positive_integer("MAIL_CLAIM_SECONDS"),
        configuration_set_name=environment.optional("SES_CONFIGURATION_SET_NAME"),
    )
