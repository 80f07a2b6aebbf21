"""What of a colour profile is used to turn a picture's colours into sRGB.

The profiles' format: https://www.color.org/specification/ICC.1-2022-05.pdf
"""

import struct

TAG_COUNT = 128  # where it stands
TAG_TABLE = 132  # where the table begins: name, offset and length of each tag
TAG_LENGTH = 12
TAGS_LIMIT = 100  # of Little CMS, which refuses a profile of more

# Transforms in floating point, of any number of steps, each of which Little CMS takes for 36,000
# colours: 10,000 steps are 80 kB of a profile, and 25 seconds. Every profile has the same transform
# in integers or as curves and a matrix too (section 8), so these can be left out.
OPTIONAL_TRANSFORMS = (b"D2B", b"B2D")


def quick_profile(profile: bytes) -> bytes:
    """A colour profile without the transforms that may take minutes.

    Args:
        profile: The profile, damaged or not.

    Returns:
        The profile with these tags under a name that nobody looks for, or as it is.
    """
    if len(profile) < TAG_TABLE:
        return profile
    (count,) = struct.unpack_from(">I", profile, TAG_COUNT)
    places = range(TAG_TABLE, TAG_TABLE + min(count, TAGS_LIMIT) * TAG_LENGTH, TAG_LENGTH)
    found = [place for place in places if profile[place : place + 3] in OPTIONAL_TRANSFORMS]
    if not found:
        return profile
    changed = bytearray(profile)
    for place in found:
        # In lower case, each name is still one of its own: of two of a name none is read.
        changed[place : place + 4] = changed[place : place + 4].lower()
    return bytes(changed)
