"""The one error that the local cloud raises for what a person can read and act on."""


class LocalCloudError(Exception):
    """Something did not start, finish or arrive; the message says what, and what to do."""
