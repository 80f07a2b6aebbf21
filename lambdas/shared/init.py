"""Lambda's INIT phase: a function prepares there what its first event needs.

In INIT a function has a whole processor, whatever its memory; an event is handled with memory /
1,769 MB of one. docs/adr/0038-prepared-during-init.md
"""

import gc
import os
from collections.abc import Callable
from contextlib import suppress


def prepare(*accessors: Callable[[], object]) -> None:
    """Call cached accessors, if Lambda is importing the handler; elsewhere do nothing.

    An error must not end INIT, since Lambda would report it in its own form, without our log line
    and our response. functools.cache keeps no failed call, so the event meets the error again.

    Args:
        accessors: Functions with a cache. None may call AWS: an answer that is late or missing
            would hold up events that don't need it.
    """
    # Lambda sets it before it imports the handler: "Using Lambda environment variables",
    # https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
    if "AWS_LAMBDA_INITIALIZATION_TYPE" not in os.environ:
        return
    for accessor in accessors:
        # Any error: which of them a wrong setting leads to is the libraries' choice.
        with suppress(Exception):
            accessor()
    # What is there now stays for good. Without this the garbage collector looks at all of it during
    # an early event: 20 ms of a whole processor.
    gc.freeze()
