"""Numbers on the command line that cannot be any.

Goes in: what was written. Comes out: the number; argparse tells of one that cannot be.
"""

from __future__ import annotations

import argparse


def from_one(written: str) -> int:
    return within(written, 1, None)


def from_zero(written: str) -> int:
    return within(written, 0, None)


def port(written: str) -> int:
    return within(written, 0, 65_535)


def within(written: str, least: int, most: int | None) -> int:
    """Raises ArgumentTypeError for what is no whole number, or none of these."""
    try:
        number = int(written)
    except ValueError:
        number = least - 1
    if number < least or (most is not None and number > most):
        meant = f"{least} or more" if most is None else f"{least} to {most}"
        raise argparse.ArgumentTypeError(f"{written!r} is no whole number of {meant}")
    return number


def cosine(written: str) -> float:
    """Raises ArgumentTypeError for what is no number from -1 to 1."""
    try:
        number = float(written)
    except ValueError:
        number = float("nan")
    if not -1 <= number <= 1:
        raise argparse.ArgumentTypeError(f"{written!r} is no number from -1 to 1")
    return number
