"""Lambda's INIT phase: a function prepares there what its first event needs.

In INIT a function has a whole processor, whatever its memory; an event is handled with memory /
1,769 MB of one. docs/adr/0038-prepared-during-init.md
"""

import gc
import os
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger


def prepare(*accessors: Callable[[], object], logger: "Logger") -> None:
    """Call cached accessors, if Lambda is importing the handler; elsewhere do nothing.

    An error must not end INIT, since Lambda would report it in its own form, without our log line
    and our response. functools.cache keeps no failed call, so the event meets the error again.

    Args:
        accessors: Functions with a cache. None may call AWS: an answer that is late or missing
            would hold up events that don't need it.
        logger: The function's. It logs errors at DEBUG only: the event that meets one logs it.
    """
    # Lambda sets it before it imports the handler: "Using Lambda environment variables",
    # https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
    if "AWS_LAMBDA_INITIALIZATION_TYPE" not in os.environ:
        return
    for accessor in accessors:
        try:
            accessor()
        except Exception:  # any: which error a wrong setting leads to is the libraries' choice
            name = getattr(accessor, "__qualname__", repr(accessor))
            logger.debug("Not prepared in INIT", accessor=name, exc_info=True)
    # What is there now stays for good. Without this the garbage collector looks at all of it during
    # an early event: 20 ms of a whole processor. It was switched off in shared/__init__.py.
    gc.freeze()
    gc.enable()
