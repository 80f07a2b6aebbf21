import pytest

from local_cloud.engine.hooks.permission_rules import (
    attributes_named,
    bare_address,
    conditions_of_write,
    further_s3_checks,
    queue_arn,
    route_source,
    ses_checks,
    source_keys,
)

SES = "arn:aws:ses:eu-central-1:123456789012"


@pytest.mark.parametrize(
    ("request_body", "attributes"),
    [
        ({"TableName": "User"}, []),
        ({"Key": {"username": {"S": "ada"}}}, ["username"]),
        ({"Item": {"username": {"S": "ada"}, "name": {"S": "Ada"}}}, ["name", "username"]),
        ({"ProjectionExpression": "username, address.city, cards[0]"}, None),
        ({"AttributesToGet": ["email"]}, ["email"]),
        (
            {
                "ProjectionExpression": "username, #n",
                "ExpressionAttributeNames": {"#n": "name"},
            },
            ["name", "username"],
        ),
        (
            {
                "Key": {"username": {"S": "ada"}},
                "UpdateExpression": "SET visits = if_not_exists(visits, :zero) + :one REMOVE token",
                "ConditionExpression": "attribute_not_exists(claim) OR claim.#end < :now",
                "ExpressionAttributeNames": {"#end": "expiresAt"},
            },
            ["claim", "token", "username", "visits"],
        ),
    ],
)
def test_attributes_that_a_request_names(
    request_body: dict[str, object], attributes: list[str] | None
) -> None:
    expected = ["address", "cards", "username"] if attributes is None else attributes
    assert attributes_named(request_body) == expected


@pytest.mark.parametrize(
    ("method", "headers", "actions"),
    [
        ("PUT", {}, []),
        ("PUT", {"x-amz-tagging": "a=b"}, ["s3:PutObjectTagging"]),
        ("GET", {"x-amz-tagging": "a=b"}, []),
        ("DELETE", {}, []),
        ("DELETE", {"if-match": '"etag"'}, ["s3:GetObject"]),
        ("DELETE", {"if-match": "*"}, []),
        ("GET", {"if-match": '"etag"'}, []),
    ],
)
def test_what_s3_asks_for_besides(method: str, headers: dict[str, str], actions: list[str]) -> None:
    found = list(further_s3_checks(method, "/bucket/a/b.jpg", headers))
    assert found == [(action, "arn:aws:s3:::bucket/a/b.jpg") for action in actions]


@pytest.mark.parametrize(
    ("action", "headers", "conditions"),
    [
        ("s3:PutObject", {"if-none-match": "*"}, {"s3:if-none-match": "*"}),
        ("s3:PutObject", {"if-match": '"e"'}, {"s3:if-match": '"e"'}),
        ("s3:PutObject", {"content-type": "image/png"}, {}),
        ("s3:GetObject", {"if-none-match": '"e"'}, {}),
    ],
)
def test_only_writes_have_the_keys_of_conditional_ones(
    action: str, headers: dict[str, str], conditions: dict[str, str]
) -> None:
    assert conditions_of_write(action, headers) == conditions


@pytest.mark.parametrize(
    ("identities", "checked"),
    [
        ({"activation@example.com"}, ["activation@example.com"]),
        ({"example.com"}, ["example.com"]),
        ({"example.com", "activation@example.com"}, ["activation@example.com", "example.com"]),
        (set(), ["activation@example.com"]),
    ],
)
def test_mail_is_checked_on_each_identity_that_is_registered(
    identities: set[str], checked: list[str]
) -> None:
    request = {"FromEmailAddress": "Cards <activation@example.com>", "Content": {"Simple": {}}}
    assert list(ses_checks(request, identities, SES)) == [
        ("ses:SendEmail", f"{SES}:identity/{identity}") for identity in checked
    ]


def test_mail_is_checked_on_the_configuration_set_too() -> None:
    request = {
        "FromEmailAddress": "a@example.com",
        "ConfigurationSetName": "mails",
        "Content": {"Raw": {}},
    }
    assert list(ses_checks(request, set(), SES)) == [
        ("ses:SendRawEmail", f"{SES}:identity/a@example.com"),
        ("ses:SendRawEmail", f"{SES}:configuration-set/mails"),
    ]


@pytest.mark.parametrize(
    ("sender", "address"),
    [
        ("a@example.com", "a@example.com"),
        ("Ada <a@example.com>", "a@example.com"),
        ('"A <b@example.com>" <a@example.com>', "a@example.com"),
        ("", ""),
    ],
)
def test_address_without_its_name(sender: str, address: str) -> None:
    assert bare_address(sender) == address


@pytest.mark.parametrize(
    ("route_key", "source"),
    [
        ("$default", "api/stage/$default"),
        ("POST /users", "api/stage/POST/users"),
        ("POST /users/{name}/mail", "api/stage/POST/users/*/mail"),
    ],
)
def test_source_of_a_call_for_a_route(route_key: str, source: str) -> None:
    assert route_source("api", "stage", route_key) == source


def test_only_s3_names_its_account() -> None:
    assert source_keys("s3.amazonaws.com", "arn", "1234") == {
        "aws:sourcearn": "arn",
        "aws:sourceaccount": "1234",
    }
    assert source_keys("apigateway.amazonaws.com", "arn", "1234") == {"aws:sourcearn": "arn"}


def test_arn_of_a_queue() -> None:
    url = "http://127.0.0.1:4566/123456789012/failures"
    assert queue_arn(url, "eu-central-1") == "arn:aws:sqs:eu-central-1:123456789012:failures"
