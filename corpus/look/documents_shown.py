"""Documents as they read: sentences in their blocks, each picture at the sentence it was matched with.

Goes in: a scan of `interleaved`, `documents` and the decisions on blocks and documents. Comes out: documents laid out
for a template.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from corpus.columns import Row
from corpus.config import Settings
from corpus.look.block_examples import kept_blocks, kept_places
from corpus.look.pictures import Thumbnail, heat_map, thumbnail
from corpus.look.scan import Scan, rows, sample
from corpus.look.unsafe import unsafe_among
from corpus.look.words import UNSPACED_LANGUAGES, clipped, number_text

SIDE_PX = 480
MAX_PICTURE_BYTES = 32_000
MAX_PICTURES = 10
FIRST_SENTENCES = 40
MAX_SENTENCES = 400
MAX_CHARACTERS = 1_000
CHARACTERS_BESIDE_PICTURE = 700
COLUMNS = (
    "document_id",
    "url",
    "crawl",
    "warc_filename",
    "warc_record_offset",
    "fetch_time",
    "language",
    "title",
    "license_url",
    "text_list",
    "image_info",
    "images",
    "similarity_matrix",
    "mean_matched_sim",
    "n_words",
)


@dataclass(frozen=True)
class ShownPicture:
    """A picture of a document; `number` counts from 1 in the order of image_info."""

    number: int
    thumbnail: Thumbnail | None
    info: Row


@dataclass(frozen=True)
class ShownSentence:
    """A sentence, the pictures matched with it, and the numbers of those that the page shows before it."""

    text: str
    pictures: tuple[ShownPicture, ...]
    page_numbers: tuple[int, ...]


@dataclass(frozen=True)
class ShownBlock:
    """Some sentences that belong together; `kind` is one of those of documents.blocks."""

    kind: str
    sentences: tuple[ShownSentence, ...]


@dataclass(frozen=True)
class HeatMap:
    """The similarity matrix as a picture, one px per cell, and the cells (row, column) that were matched."""

    uri: str
    n_images: int
    n_sentences: int
    low: float
    high: float
    matched: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class ShownDocument:
    """A document: `row` as in `interleaved`, its first blocks, more of them, and how many sentences are left out.
    `is_dense` when pictures in the margin would run ahead of the text that they belong to."""

    row: Row
    blocks: tuple[ShownBlock, ...]
    more_blocks: tuple[ShownBlock, ...]
    n_sentences_left: int
    last_page_numbers: tuple[int, ...]
    is_dense: bool
    separator: str
    scores: tuple[tuple[str, str], ...]
    heat_map: HeatMap | None


def choose_documents(scan: Scan, n: int, seed: int) -> list[str]:
    """Identities of at most `n` kept documents: in turn one of each language, the most frequent first."""
    languages: Counter[str] = Counter()
    for batch in scan("interleaved", ["language"]):
        languages.update(language or "" for language in batch.column("language").to_pylist())
    chosen = sample(scan("interleaved", ["document_id", "language"]), "language", ["document_id"], n, seed)
    order = sorted(languages, key=lambda language: (-languages[language], language))
    turns = zip_longest(*(chosen[language] for language in order))
    return [str(row["document_id"]) for turn in turns for row in turn if row is not None][:n]


def show_documents(scan: Scan, ids: Sequence[str], settings: Settings) -> list[ShownDocument]:
    """The documents with these identities, in that order; pictures are read for these alone. What is not safe for work
    is not shown."""
    places = kept_places(scan, ids)
    blocks = {
        row["document_id"]: kept_blocks(row["blocks"], places[row["document_id"]])
        for row in rows(scan, "documents", ["document_id", "blocks"], ids)
    }
    scores = {
        row["document_id"]: row["scores"]
        for row in rows(scan, "document_decisions", ["document_id", "scores"], ids)
    }
    contents = (
        info["content_hash"]
        for row in rows(scan, "interleaved", ["document_id", "image_info"], ids)
        for info in row["image_info"]
    )
    unsafe, max_pixels = unsafe_among(scan, contents, settings), settings.fetch.max_pixels
    shown = {
        row["document_id"]: show_document(
            without(row, unsafe), blocks.get(row["document_id"], []), scores, max_pixels
        )
        for row in rows(scan, "interleaved", COLUMNS, ids)
    }
    return [shown[document] for document in ids if document in shown]


def without(row: Row, unsafe: Collection[str]) -> Row:
    """The document without the bytes of these contents."""
    contents = [info["content_hash"] for info in row["image_info"]]
    images = [
        {**image, "bytes": None} if content in unsafe else image
        for content, image in zip(contents, row["images"], strict=True)
    ]
    return {**row, "images": images}


def show_document(
    row: Row, blocks: Sequence[Row], scores: Mapping[str, Sequence[tuple[str, float]]], max_pixels: int
) -> ShownDocument:
    """One document laid out; its bytes are not kept."""
    pictures = show_pictures(row, max_pixels)
    n_sentences = len(row["text_list"])
    laid_out = tuple(lay_out(row["text_list"], covering(blocks, n_sentences), pictures))
    first, rest = cut(laid_out, FIRST_SENTENCES)
    matched = [info["matched_text_index"] for info in row["image_info"]]
    return ShownDocument(
        row={name: value for name, value in row.items() if name != "images"},
        blocks=first,
        more_blocks=cut(rest, MAX_SENTENCES - FIRST_SENTENCES)[0],
        n_sentences_left=max(0, n_sentences - MAX_SENTENCES),
        last_page_numbers=numbers_at(pictures, n_sentences),
        is_dense=sum(map(len, row["text_list"])) < CHARACTERS_BESIDE_PICTURE * len(pictures),
        separator="" if row["language"] in UNSPACED_LANGUAGES else " ",
        scores=tuple((name, number_text(score)) for name, score in scores.get(row["document_id"], ())),
        heat_map=matrix_map(row["similarity_matrix"], matched),
    )


def show_pictures(row: Row, max_pixels: int) -> list[ShownPicture]:
    """All pictures of a document, the first ones with their copies."""
    return [
        ShownPicture(
            index + 1,
            thumbnail(image["bytes"], SIDE_PX, MAX_PICTURE_BYTES, max_pixels)
            if index < MAX_PICTURES
            else None,
            info,
        )
        for index, (info, image) in enumerate(zip(row["image_info"], row["images"], strict=True))
    ]


def covering(blocks: Sequence[Row], n_sentences: int) -> list[tuple[str, int, int]]:
    """(kind, first sentence, end) of each block; one paragraph of all when the blocks leave sentences out."""
    spans = [
        (str(block["kind"]), block["first_sentence"], block["first_sentence"] + block["n_sentences"])
        for block in blocks
        if block["n_sentences"]
    ]
    edges = [0, *(end for _, _, end in spans)]
    fits = edges[-1] == n_sentences and all(span[1] == edge for span, edge in zip(spans, edges, strict=False))
    return spans if fits else [("paragraph", 0, n_sentences)]


def lay_out(
    texts: Sequence[str], spans: Sequence[tuple[str, int, int]], pictures: Sequence[ShownPicture]
) -> Iterator[ShownBlock]:
    for kind, start, end in spans:
        yield ShownBlock(
            kind,
            tuple(
                ShownSentence(
                    clipped(texts[index], MAX_CHARACTERS),
                    tuple(picture for picture in pictures if picture.info["matched_text_index"] == index),
                    numbers_at(pictures, index),
                )
                for index in range(start, end)
            ),
        )


def numbers_at(pictures: Collection[ShownPicture], index: int) -> tuple[int, ...]:
    """Numbers of the pictures that the page shows right before the sentence `index`."""
    return tuple(picture.number for picture in pictures if picture.info["dom_text_index"] == index)


def cut(blocks: Sequence[ShownBlock], n: int) -> tuple[tuple[ShownBlock, ...], tuple[ShownBlock, ...]]:
    """Blocks with the first `n` sentences, and the rest; a block that crosses the cut is cut in two."""
    first: list[ShownBlock] = []
    rest: list[ShownBlock] = []
    room = n
    for block in blocks:
        for side, sentences in ((first, block.sentences[:room]), (rest, block.sentences[room:])):
            if sentences:
                side.append(ShownBlock(block.kind, sentences))
        room = max(0, room - len(block.sentences))
    return tuple(first), tuple(rest)


def matrix_map(matrix: Sequence[Sequence[float]], matched: Sequence[int]) -> HeatMap | None:
    uri = heat_map(matrix)
    if uri is None:
        return None
    values = [value for cells in matrix for value in cells]
    return HeatMap(uri, len(matrix), len(matrix[0]), min(values), max(values), tuple(enumerate(matched)))
