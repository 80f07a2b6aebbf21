"""Putting what is in the failure queues back: `make failures` looks, `make redrive` acts.

Read in this order: failures.py (what a message says), failure_queue.py (taking and deleting
messages), drain.py (one queue), then what is done for a message: functions.py, executions.py,
dead_letters.py. A stream's records are fetched by stream_records.py, or by trimmed.py where the
stream has trimmed them.
"""
