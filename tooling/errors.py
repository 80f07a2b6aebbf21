"""The error of the tools, with a message for people."""


class ToolingError(Exception):
    """Something is missing, or did not start, finish or arrive; the message says what to do."""
