"""Serves the mailbox until standard input closes: then the engine has ended.

Usage: python -m local_cloud.inbox PORT ENDPOINT_URL
"""

import sys

from local_cloud.engine.mails import fetch_mails
from local_cloud.inbox.server import serving


def main(port: int, endpoint_url: str) -> None:
    """Serve the mails of the engine at `endpoint_url`."""
    with serving(lambda: fetch_mails(endpoint_url), port=port) as url:
        print(f"the mailbox is at {url}", flush=True)
        # The engine holds the other end and never writes. It closes when the engine ends, also when
        # it is killed.
        sys.stdin.buffer.read()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
