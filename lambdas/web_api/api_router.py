"""What the routes' modules register their routes at."""

from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from web_api.incoming import Incoming


class ApiRouter(APIGatewayHttpRouter):
    """A router that knows what was told of the request before it was routed."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # Powertools' own has no types

    @property
    def incoming(self) -> Incoming:
        """The request that is being answered."""
        incoming: Incoming = self.context["incoming"]
        return incoming
