"""What is known of a picture, from its bytes."""

from corpus.media_types import sniff
from corpus.pixels import decoded, describe


def inspect(data, max_pixels):
    return describe(*decoded(data, max_pixels), sniff(data))
