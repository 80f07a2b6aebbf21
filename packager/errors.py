"""The packager's error."""


class BuildError(Exception):
    """What is wrong with the input or the machine, and what to do about it."""
