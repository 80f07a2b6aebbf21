"""What is built before the first request."""

import pytest

from tests.unit.web_api.api import get
from web_api.app import app
from web_api.assets import asset
from web_api.first_requests import pages, validators
from web_api.pages import index_page


@pytest.mark.usefixtures("api")
def test_the_first_page_and_its_files_are_there_already() -> None:
    pages()
    made = [function.cache_info().misses for function in (index_page, asset)]
    assert get("/").status == get("/assets/app.js").status == 200
    assert [function.cache_info().misses for function in (index_page, asset)] == made


def test_the_validators_of_every_route_are_there_already(monkeypatch: pytest.MonkeyPatch) -> None:
    routes = app._static_routes + app._dynamic_routes
    for route in routes:
        monkeypatch.setattr(route, "_dependant", None)
    validators()
    assert all(route._dependant is not None for route in routes)
    assert len(routes) > 10
