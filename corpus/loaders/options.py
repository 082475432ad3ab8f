"""What a reader of a release can ask for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any, get_args

from corpus.errors import SettingsError
from corpus.loaders.placement import Placement, Side
from corpus.loaders.windows import Bounds, Tokenize


@dataclass(frozen=True)
class Options:
    """How documents are chosen, ordered, placed and cut.

    `where` is a condition on columns, `images_where` one on the fields of `image_info`; pictures that do not fit it, or
    do not decode, are left out and the others are assigned again. `columns` are added to each sample. Row groups, and
    rows in blocks of at least `shuffle_rows`, are shuffled by `seed`; None keeps the order of the release.
    `placement` puts pictures at their `assigned` sentence, or at the one by cosine and page together (`fused`), on
    `side` of it, or where the `page` had them. `decode` gives RGB pictures of PIL, which go through `transform`; else
    they are bytes, or None in a release of references. With
    `tokenize` samples are windows of at most `max_tokens` tokens and `max_images` pictures, in which `marker` stands
    for a picture. `rank` and `world_size` are those of the process; None: as torch.distributed has them.
    """

    where: str | None = None
    images_where: str | None = None
    columns: tuple[str, ...] = ()
    seed: int | None = 0
    shuffle_rows: int = 1_000
    placement: Placement = "assigned"
    side: Side = "before"
    decode: bool = True
    transform: Callable[[Any], Any] | None = None
    tokenize: Tokenize | None = None
    marker: tuple[int, ...] = ()
    max_tokens: int = 2_048
    max_images: int = 6
    rank: int | None = None
    world_size: int | None = None

    def __post_init__(self) -> None:
        if self.placement not in get_args(Placement) or self.side not in get_args(Side):
            raise SettingsError(
                f"placement is one of {get_args(Placement)} and side of {get_args(Side)}; got {self.placement}, "
                f"{self.side}"
            )
        if (self.rank is None) != (self.world_size is None):
            raise SettingsError("rank and world_size go together")

    @property
    def bounds(self) -> Bounds | None:
        if self.tokenize is None:
            return None
        return Bounds(self.tokenize, tuple(self.marker), self.max_tokens, self.max_images)

    def facts(self) -> dict[str, Any]:
        """What decides which samples come in which order, but for functions: a saved position means nothing under
        other options."""
        found = {each.name: getattr(self, each.name) for each in fields(self)}
        for name in ("rank", "world_size", "tokenize", "transform"):
            del found[name]
        found |= {"columns": list(self.columns), "marker": list(self.marker)}  # as JSON gives them back
        return found | {"windows": self.tokenize is not None}
