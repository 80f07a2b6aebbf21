"""Hooks that make the engine act as AWS does, for exactly the version that process.py names.

`engine/host.py` installs them. They run in the engine's environment, so they import only the
standard library, ministack, awslambdaric and each other.
"""
