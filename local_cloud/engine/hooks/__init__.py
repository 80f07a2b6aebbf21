"""What makes the local engine act as AWS does, for exactly the version that process.py names.

`engine/host.py` installs all of it. This package runs in the engine's own environment: it imports
the standard library, ministack and awslambdaric, and of this project nothing but itself.
"""
