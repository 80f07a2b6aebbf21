"""The error of a release."""


class ReleaseError(Exception):
    """Why nothing can be released; the message says what to do."""
