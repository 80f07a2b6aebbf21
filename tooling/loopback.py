"""Reads pages of the servers on this machine, without a proxy."""

import urllib.error
import urllib.request

from tooling.errors import ToolingError

LOOPBACK = "127.0.0.1"


def get(url: str) -> bytes:
    """Read the page at `url`.

    Raises:
        ToolingError: there was no response, or an error.
    """
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(url, timeout=10) as answer:
            return bytes(answer.read())
    except (urllib.error.URLError, OSError) as error:
        raise ToolingError(f"{url}: {error}") from error
