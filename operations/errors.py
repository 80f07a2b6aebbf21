"""The one error of the commands that a person can read and act on."""


class OperationsError(Exception):
    """A command can't do its work; the message says why, and what to do."""
