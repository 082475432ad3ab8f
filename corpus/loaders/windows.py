"""Windows: documents cut into pieces of at most so many tokens and pictures.

Goes in: groups of a sentence and its pictures, a tokenizer, the bounds. Comes out: windows whose k-th marker is the
place of the k-th picture. A group is cut only where it does not fit into a window of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from corpus.errors import SettingsError
from corpus.loaders.placement import Group

Tokenize = Callable[[str], Sequence[int]]


@dataclass(frozen=True)
class Bounds:
    """At most `max_tokens`, markers included, and `max_images` in a window; `marker` are the tokens that stand for a
    picture."""

    tokenize: Tokenize
    marker: tuple[int, ...]
    max_tokens: int
    max_images: int

    def __post_init__(self) -> None:
        if not 0 < len(self.marker) <= self.max_tokens or self.max_images < 1:
            raise SettingsError(
                f"windows of {self.max_tokens} tokens and {self.max_images} images cannot hold one picture, whose "
                f"marker has {len(self.marker)} tokens; raise max_tokens or max_images, or give a marker"
            )


@dataclass
class Window:
    """Tokens, and the pictures of its markers in order."""

    tokens: list[int] = field(default_factory=list)
    images: list[Any] = field(default_factory=list)


Piece = tuple[Sequence[int], Any]
"""Tokens, and the picture that they stand for or None."""


def windows(groups: Iterable[Group], bounds: Bounds) -> Iterator[Window]:
    """All tokens and pictures of the groups, in order, none twice."""
    window, is_first = Window(), True
    for group in groups:
        pieces = list(pieces_of(group, bounds, is_first))
        is_first = False
        if not fits(window, pieces, bounds) and window.tokens:
            yield window
            window = Window()
        for piece in cut(pieces, bounds, fits(window, pieces, bounds)):
            if not fits(window, [piece], bounds):
                yield window
                window = Window()
            window.tokens.extend(piece[0])
            if piece[1] is not None:
                window.images.append(piece[1])
    if window.tokens:
        yield window


def pieces_of(group: Group, bounds: Bounds, is_first: bool) -> Iterator[Piece]:
    """A space stands between sentences."""
    for each in group:
        if isinstance(each, str):
            tokens = bounds.tokenize(each if is_first else f" {each}")
            if len(tokens):
                yield tokens, None
        else:
            yield bounds.marker, each


def fits(window: Window, pieces: Sequence[Piece], bounds: Bounds) -> bool:
    n_tokens = len(window.tokens) + sum(len(tokens) for tokens, _ in pieces)
    n_images = len(window.images) + sum(image is not None for _, image in pieces)
    return n_tokens <= bounds.max_tokens and n_images <= bounds.max_images


def cut(pieces: Sequence[Piece], bounds: Bounds, fit: bool) -> Iterator[Piece]:
    """The pieces; of a group that does not fit as a whole, text in pieces of at most a window."""
    for tokens, image in pieces:
        if fit or image is not None:
            yield tokens, image
            continue
        for at in range(0, len(tokens), bounds.max_tokens):
            yield tokens[at : at + bounds.max_tokens], None
