"""The sizes of thumbnails that a deployment makes, and has made."""

from typing import NamedTuple

from shared import environment
from shared.environment import ConfigurationError
from shared.profile_images import CONTRACT_SIZE


class ThumbnailSizes(NamedTuple):
    """Sizes as the longest side in pixels.

    Attributes:
        made: What is made of each picture, the contract's size among them.
        former: What was made once. Such thumbnails may be there still, whatever profiles say: a
            crash can leave one that none records. So every removal looks at these, too.
    """

    made: tuple[int, ...]
    former: tuple[int, ...] = ()

    @property
    def known(self) -> tuple[int, ...]:
        """All sizes of which there may be thumbnails."""
        return self.made + self.former


def thumbnail_sizes() -> ThumbnailSizes:
    """The sizes of the environment: THUMBNAIL_SIZES and, if there are any, FORMER_THUMBNAIL_SIZES.

    Raises:
        ConfigurationError: A list is missing or wrong.
    """
    made = environment.positive_integers("THUMBNAIL_SIZES")
    if CONTRACT_SIZE not in made:
        raise ConfigurationError(f"THUMBNAIL_SIZES: {CONTRACT_SIZE} is missing")
    name = "FORMER_THUMBNAIL_SIZES"
    former = () if environment.optional(name) is None else environment.positive_integers(name)
    if not set(former).isdisjoint(made):
        raise ConfigurationError(f"{name}: has a size of THUMBNAIL_SIZES")
    return ThumbnailSizes(made, former)
