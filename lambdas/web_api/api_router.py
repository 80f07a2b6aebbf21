"""The router that the modules with routes register at."""

from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from web_api.request_checks import CheckedRequest


class ApiRouter(APIGatewayHttpRouter):
    """A router that knows what was found about a request before it was routed."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # Powertools' own has no types

    @property
    def checked_request(self) -> CheckedRequest:
        """The request that is being answered."""
        request: CheckedRequest = self.context["checked_request"]
        return request
