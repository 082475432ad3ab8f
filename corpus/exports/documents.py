"""The documents of a build or release as they are exported, one at a time.

Goes in: a URI and what is wanted of it. Comes out: documents whose pictures are chosen, placed and in order. A picture
that does not fit the condition frees its sentence: the others are assigned again from the stored matrix. Memory holds
three row groups.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from corpus.loaders.documents import MATRIX, NEEDED, PAGE_MATRIX, Position, open_documents
from corpus.loaders.options import Options
from corpus.loaders.placement import Group, Picture, Placement, Side, groups
from corpus.loaders.samples import usable_pictures
from corpus.loaders.shares import Reader

LISTS = ("text_list", "image_info", "images", MATRIX, PAGE_MATRIX, "n_sentences", "n_images")
"""With how many there are: some pictures may be left out."""


@dataclass(frozen=True)
class Wanted:
    """Which documents and pictures are exported, and where pictures stand; see `corpus.loaders.options.Options`."""

    where: str | None = None
    images_where: str | None = None
    placement: Placement = "assigned"
    side: Side = "before"
    references: bool = False


@dataclass(frozen=True)
class Document:
    """A document: `facts` are its columns without lists, `pictures` its pictures in the order of sentence and page,
    each with the fields of image_info, `image` (bytes or None) and `similarity` [n_sentences]; `placed` holds sentences
    and pictures in groups, in the order in which a model meets them."""

    facts: Mapping[str, Any]
    sentences: tuple[str, ...]
    pictures: tuple[Picture, ...]
    placed: tuple[Group, ...]

    @property
    def key(self) -> str:
        return str(self.facts["document_id"])

    @property
    def sequence(self) -> list[str | Picture]:
        """Sentences and pictures, one after the other."""
        return [each for group in self.placed for each in group]


def documents_of(uri: str, wanted: Wanted) -> Iterator[Document]:
    """The documents at `uri` in its order. Raises InputError, SettingsError as `corpus.torch_dataset` does."""
    options = Options(
        where=wanted.where,
        images_where=wanted.images_where,
        seed=None,
        placement=wanted.placement,
        side=wanted.side,
        decode=False,
    )
    known = open_documents(uri, options)
    others = tuple(name for name in known.schema.names if name not in NEEDED)
    found = open_documents(uri, Options(**{**vars(options), "columns": others}))
    for _, row in found.rows(0, Reader(), Position()):
        yield document(row, options, wanted.references)


def document(row: Mapping[str, Any], options: Options, references: bool) -> Document:
    """One row of the product as a document; with `references` its pictures are without bytes."""
    infos = [
        {**info, "similarity": similarity}
        for info, similarity in zip(row["image_info"], row[MATRIX], strict=True)
    ]
    images = [{"bytes": None} for _ in infos] if references else row["images"]
    pictures = usable_pictures({**row, "image_info": infos, "images": images}, options)
    facts = {name: value for name, value in row.items() if name not in (*LISTS, "wanted")}
    placed = groups(row["text_list"], pictures, options.placement, options.side)
    return Document(facts, tuple(row["text_list"]), tuple(pictures), tuple(placed))
