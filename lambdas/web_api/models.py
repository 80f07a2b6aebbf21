"""The JSON of requests and responses, and so the OpenAPI document's schemas.

Each rule has a form that JSON Schema can express, so that the API takes exactly what the document
allows.
"""

import re
import unicodedata
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel
from pydantic.json_schema import SkipJsonSchema
from pydantic_core import PydanticCustomError

from shared.mail_address import MAIL_ADDRESS, MAIL_ADDRESS_LENGTH
from web_api.password_strength import WeaknessCode

# Not in a name: control characters, line ends, invisible letters, and marks that turn text's
# direction. Joiners, variation selectors and braille's blank may be in one, as names in some
# scripts need them, but not alone.
UNPRINTABLE = (
    r"\u0000-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u2028\u2029"
    r"\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb"
)
UNSEEN_ALONE = r"\s\u034f\u17b4\u17b5\u180b-\u180d\u180f\u200c\u200d\u2800\ufe00-\ufe0f"
NAME = rf"^(?!.*://)(?=.*[^{UNSEEN_ALONE}])[^{UNPRINTABLE}]+$"

# A deliverable mail address: no dot first, last or beside another in the local part, and a domain
# of at least two labels by RFC 1123, section 2.1. MAIL_ADDRESS, which applies as well, has the
# lengths. The syntax is one that pydantic's engine and JSON Schema share.
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
DELIVERABLE = rf"^{_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})+$"

USERNAME = r"^[a-z0-9][a-z0-9._-]{1,30}[a-z0-9]$"

# The messages for fields that are not valid. Pydantic's own are about patterns.
FIELD_RULES = {
    "username": (
        "3 to 32 lower-case letters, digits, dots, hyphens and underscores, with a letter or a"
        " digit as the first and the last"
    ),
    "name": "1 to 100 characters, no control characters and no ://",
    "email": (
        f"one mail address of at most {MAIL_ADDRESS_LENGTH} characters, with a whole domain such as"
        " mail.example"
    ),
    "password": "12 to 128 characters, and hard to guess",
    "contentType": "image/jpeg, image/png, image/webp, image/gif or image/avif",
    "bytes": "a whole number of bytes, at least 1 and not above the limit",
}

# Why a field is not valid. The page has texts for those that say more than the field's rule.
FieldCode = Literal[
    "form",
    "missing",
    "taken",
    "too-large",
    "too-long",
    "too-short",
    "unknown",
    "unprintable",
    "web-address",
    WeaknessCode,
]

# Where a route has another rule for a field of that name. Users of other applications are activated
# here too, and may have names that ours can't have.
_LINK_RULES = {
    "username": "1 to 256 characters: the username of the link in the activation mail",
    "token": "1 to 256 characters: the token of the link in the activation mail",
}
RULES_BY_ROUTE = {
    "/activate": {**_LINK_RULES, "password": "1 to 128 characters"},
    "/activate/refuse": _LINK_RULES,
    "/sign-in": {"password": "1 to 128 characters"},
}


def _printable(name: str) -> str:
    """A name without the blanks around it.

    Raises:
        PydanticCustomError: It breaks a rule of `NAME`, which the type says.
    """
    # Not pydantic's `pattern`, whose engine has no look-ahead. "$" would allow a final "\n", which
    # isn't printable, however.
    if re.fullmatch(NAME, name):
        return name.strip()
    if "://" in name:
        raise PydanticCustomError("web_address", "a web address")
    if re.search(f"[{UNPRINTABLE}]", name):
        raise PydanticCustomError("unprintable", "not printable")
    raise PydanticCustomError("blank", "nothing to see")


def _mailable(email: str) -> str:
    """A mail address that the mail function takes.

    Raises:
        ValueError: It breaks the rule of `MAIL_ADDRESS`.
    """
    # pydantic has checked DELIVERABLE before, which allows no final "\n".
    if not re.fullmatch(MAIL_ADDRESS, email):
        raise ValueError("not a mail address")
    return email


def _whole(number: object) -> object:
    """A number; one such as 5.0, which is whole for JSON Schema, as an int."""
    return int(number) if isinstance(number, float) and number.is_integer() else number


def _composed(password: object) -> object:
    """A password in one normal form: keyboards differ in how they write an "é".

    Before its length is checked, so that the limits are those of what is hashed.
    """
    return unicodedata.normalize("NFC", password) if isinstance(password, str) else password


Username = Annotated[
    str,
    Field(
        pattern=USERNAME,
        description=FIELD_RULES["username"],
        examples=["anna.berg"],
    ),
]
Name = Annotated[
    str,
    Field(
        min_length=1,
        max_length=100,
        description=FIELD_RULES["name"],
        examples=["Anna Berg"],
        json_schema_extra={"pattern": NAME},
    ),
    AfterValidator(_printable),
]
Email = Annotated[
    str,
    Field(
        pattern=DELIVERABLE,
        max_length=MAIL_ADDRESS_LENGTH,
        description=FIELD_RULES["email"],
        examples=["anna@mail.example"],
        json_schema_extra={"allOf": [{"pattern": MAIL_ADDRESS}]},
        repr=False,
    ),
    AfterValidator(_mailable),
]
NewPassword = Annotated[
    str,
    Field(
        min_length=12,
        max_length=128,
        description=FIELD_RULES["password"],
        repr=False,
        json_schema_extra={"format": "password"},
    ),
    BeforeValidator(_composed),
]
# At sign-in the rules of new passwords don't apply: one that breaks them is simply wrong.
KnownPassword = Annotated[
    str, Field(min_length=1, max_length=128, repr=False), BeforeValidator(_composed)
]

# The same on the activation page, where the route checks them by the models below: a form with a
# wrong one is answered by the page that asks for another.
PresentedPassword = Annotated[str, Field(json_schema_extra={"minLength": 1, "maxLength": 128})]
PresentedNewPassword = Annotated[str, Field(json_schema_extra={"minLength": 12, "maxLength": 128})]


# A model's validator is built on first use: no request needs all of them.
class _Input(BaseModel):
    model_config = ConfigDict(
        extra="forbid", strict=True, alias_generator=to_camel, defer_build=True
    )


class _Output(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        alias_generator=to_camel,
        validate_by_name=True,
        # A field with a default may be left out, and no response has a null.
        json_schema_serialization_defaults_required=False,
        defer_build=True,
    )


class Registration(_Input):
    """A new user."""

    username: Username
    name: Name
    email: Email
    password: NewPassword


class Credentials(_Input):
    """Username and password."""

    username: Username
    password: KnownPassword


class ActivationLink(_Input):
    """The content of an activation link."""

    username: Annotated[str, Field(min_length=1, max_length=256)]
    token: Annotated[str, Field(min_length=1, max_length=256, repr=False)]


class ActivationRequest(ActivationLink):
    """The content of an activation link, and one password for an account that has one."""

    password: PresentedPassword = Field(
        default="", description="The account's password", repr=False
    )
    new_password: PresentedNewPassword = Field(
        default="", description="A password to take its place", repr=False
    )


class GivenPassword(_Input):
    """An account's password on the activation page."""

    password: KnownPassword


class GivenNewPassword(_Input):
    """A new password on the activation page."""

    new_password: NewPassword


class UploadRequest(_Input):
    """The picture to upload."""

    content_type: Annotated[
        Literal["image/jpeg", "image/png", "image/webp", "image/gif", "image/avif", "image/heic"],
        Field(description="The type of the picture. image/heic only where thumbnails.heic is set"),
    ]
    bytes: Annotated[
        int,
        Field(ge=1, description="Its length in bytes; an upload of another length is refused"),
        BeforeValidator(_whole),
    ]


class Registered(_Output):
    """A registered user."""

    username: str
    activation_status: Literal["NONE"] = Field(
        description="Not activated: the mail with the activation link is on its way"
    )


class Activated(_Output):
    """An activated account. Where it has a password, the person is signed in."""

    result: Literal["activated"]


class Refused(_Output):
    """The mailbox's owner has refused the account."""

    result: Literal["refused"]


class MailRequested(_Output):
    """An activation mail was requested. Whether one is sent is not revealed."""


class SignedIn(_Output):
    """The signed-in user."""

    username: str
    name: str


class Thumbnail(_Output):
    """A thumbnail of a picture."""

    size: int = Field(description="The most pixels of its longest side")
    url: str = Field(description="A link to it for five minutes, or its public address")


class Image(_Output):
    """The picture of a profile."""

    state: Literal["none", "processing", "ready", "failed"] = Field(
        description="Whether there is a picture, and the state of its thumbnail"
    )
    reason: str | SkipJsonSchema[None] = Field(
        default=None, description="Why there is no thumbnail, where it failed"
    )
    thumbnail_url: str | SkipJsonSchema[None] = Field(
        default=None,
        description=(
            "The thumbnail of 150 pixels, where it is ready: a link for five minutes, or its public"
            " address"
        ),
    )
    thumbnails: list[Thumbnail] | SkipJsonSchema[None] = Field(
        default=None,
        description="The thumbnails of all sizes, the smallest first, where they are ready",
    )
    key: str | SkipJsonSchema[None] = Field(
        default=None, description="The picture's key, as in the permission of its upload"
    )


class Profile(_Output):
    """The signed-in user's profile."""

    username: str
    name: str
    image: Image


class PermittedUpload(_Output):
    """The request that uploads the picture, good for one upload."""

    url: str = Field(description="Where to send the picture, as the body")
    method: Literal["PUT"]
    headers: dict[str, str] = Field(description="The headers to send, each as it is")
    key: str = Field(description="The picture's key")
    expires_in_seconds: int = Field(description="How long the upload may be begun, in seconds")


class FieldError(_Output):
    """A field that is not valid."""

    field: str = Field(description="The field's name, for a nested field its path with dots")
    code: FieldCode | SkipJsonSchema[None] = Field(
        default=None, description="Why, for programs. Further codes may come"
    )
    detail: str = Field(description="What the value must be; never the value itself")


class Problem(_Output):
    """A problem document: https://www.rfc-editor.org/rfc/rfc9457."""

    type: str = Field(description="The problem's type: /problems/ and its code")
    title: str = Field(description="The type in words, the same for all its problems")
    status: int = Field(description="The status of the response")
    detail: str = Field(description="This case in words")
    errors: list[FieldError] = Field(
        default=[], description="The fields that are not valid, if any"
    )
