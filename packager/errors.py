"""The packager's errors."""


class BuildError(Exception):
    """What is wrong with the input or the machine, and what to do about it."""


class FetchError(Exception):
    """Why a locked wheel could not be had, in the words of what looked for it."""
