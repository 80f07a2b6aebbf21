"""The error of the tools: what a person can read and act on."""


class ToolingError(Exception):
    """Something is missing, or did not start, finish or arrive; the message says what to do."""
