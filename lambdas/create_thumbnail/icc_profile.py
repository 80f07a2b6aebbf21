"""Colour profiles without the transforms that take minutes.

The format: https://www.color.org/specification/ICC.1-2022-05.pdf
"""

import struct

TAG_COUNT = 128  # its offset
TAG_TABLE = 132  # its offset; it has the name, offset and length of each tag
TAG_LENGTH = 12
TAGS_LIMIT = 100  # of Little CMS, which refuses a profile with more

# Floating-point transforms may have any number of steps, and Little CMS runs each step for 36,000
# colours: 10,000 steps are 80 kB of a profile and 25 seconds. Every profile has the same transform
# in integers, or as curves and a matrix (section 8), so these can be left out.
OPTIONAL_TRANSFORMS = (b"D2B", b"B2D")


def quick_profile(profile: bytes) -> bytes:
    """A colour profile, damaged or not, whose slow tags have a name that nothing reads."""
    if len(profile) < TAG_TABLE:
        return profile
    (count,) = struct.unpack_from(">I", profile, TAG_COUNT)
    places = range(TAG_TABLE, TAG_TABLE + min(count, TAGS_LIMIT) * TAG_LENGTH, TAG_LENGTH)
    found = [place for place in places if profile[place : place + 3] in OPTIONAL_TRANSFORMS]
    if not found:
        return profile
    changed = bytearray(profile)
    for place in found:
        # In lower case the names stay distinct: Little CMS reads neither of two equal ones.
        changed[place : place + 4] = changed[place : place + 4].lower()
    return bytes(changed)
