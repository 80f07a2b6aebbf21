"""Reading what the servers on this machine answer, past any proxy."""

import urllib.error
import urllib.request

from local_cloud.errors import LocalCloudError


def get(url: str) -> bytes:
    """Read the page at `url`.

    Raises:
        LocalCloudError: nothing answered, or it answered with an error.
    """
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(url, timeout=10) as answer:
            return bytes(answer.read())
    except (urllib.error.URLError, OSError) as error:
        raise LocalCloudError(f"{url}: {error}") from error
