"""What is known of a picture, from its bytes."""

from corpus.pixels import decoded, describe, sniff


def inspect(data, max_pixels):
    return describe(*decoded(data, max_pixels), sniff(data))
