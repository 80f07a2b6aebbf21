"""The error of a release."""


class ReleaseError(Exception):
    """A release is not possible; the message says why and what to do."""
