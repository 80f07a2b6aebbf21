"""The routes that the web API's function holds to be limited by API Gateway are those that are: the
local cloud limits nothing, so a difference would show on AWS only."""

import hcl2

from tooling.paths import TERRAFORM_SOURCE
from web_api.app import LIMITED_ROUTE_KEYS

API = TERRAFORM_SOURCE / "modules" / "web_api" / "api.tf"
OPTIONS = hcl2.SerializationOptions(strip_string_quotes=True, with_comments=False)


def test_the_function_knows_the_routes_that_have_limits_of_their_own() -> None:
    code = hcl2.loads(API.read_text(encoding="utf-8"), serialization_options=OPTIONS)
    (routes,) = [block["routes"] for block in code["locals"] if "routes" in block]

    keys = {route["key"] for name, route in routes.items() if name != "default"}

    assert routes["default"]["key"] == "$default"
    assert keys == LIMITED_ROUTE_KEYS
