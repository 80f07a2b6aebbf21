"""TLS to AWS: one context for all clients, which loads the trusted certificates once."""

import encodings.idna  # noqa: F401 - socket loads it for the first name that it looks up
import os
from functools import cache
from ssl import SSLContext

from botocore.httpsession import create_urllib3_context, get_cert_path


@cache
def tls_context() -> SSLContext:
    """The context of all clients, with botocore's settings.

    urllib3 has each new connection load the certificates again, which takes 14 ms of a whole
    processor, and so 100 ms in a function with 256 MB. The same file is not loaded twice here.
    """
    context: SSLContext = create_urllib3_context()
    context.load_verify_locations = cache(context.load_verify_locations)  # type: ignore[assignment]  # a cached method
    return context


@cache
def trusted_certificates() -> None:
    """Load the certificates that clients trust, before there is a connection."""
    bundle = os.environ.get("AWS_CA_BUNDLE") or get_cert_path(True)
    # As urllib3 passes them, or they would be loaded again.
    tls_context().load_verify_locations(bundle, None, None)
