"""The packager's errors."""


class BuildError(Exception):
    """What is wrong with the input or the machine, and what to do about it."""


class InstallError(Exception):
    """The installer's own account of why it could not install a lock."""
