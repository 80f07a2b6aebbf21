"""Starts a function as Lambda does, in a fresh interpreter: INIT with a whole CPU, then calls.

Runs alone, with the function's own packages: `python -I -B start_worker.py`, and a plan in JSON on
standard input. Prints the result as JSON on the last line.
"""

import json
import os
import sys
from time import perf_counter, sleep

PLAN = json.load(sys.stdin)
sys.path[:0] = PLAN["paths"]

start = perf_counter()
exec(PLAN["init"], globals())  # noqa: S102 - our own statements: imports, as Lambda's runtime does
init_seconds = perf_counter() - start

if PLAN["processes"]:
    with open(PLAN["processes"], "w") as processes:  # noqa: PTH123 - pathlib would be loaded for it
        processes.write(str(os.getpid()))
    # Two periods: what INIT has used is forgotten.
    sleep(0.04)


class Context:
    """What handlers read of Lambda's context."""

    function_name = memory_limit_in_mb = invoked_function_arn = "benchmark"
    aws_request_id = "11111111-2222-3333-4444-555555555555"
    tenant_id = None


call_seconds = []
answer = None
for text in PLAN["events"]:
    sleep(0.02)  # each call starts with a whole quota
    event = json.loads(text)
    start = perf_counter()
    answer = handler(event, Context())  # type: ignore[name-defined]  # noqa: F821 - INIT imports it
    call_seconds.append(perf_counter() - start)

with open("/proc/self/status") as status:  # noqa: PTH123 - pathlib would add to the peak
    peak_bytes = int(status.read().split("VmHWM:")[1].split()[0]) * 1024
print()
print(
    json.dumps(
        {
            "init": init_seconds,
            "calls": call_seconds,
            "peak_bytes": peak_bytes,
            "answer": answer,
        }
    )
)
