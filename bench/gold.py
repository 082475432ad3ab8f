"""Documents in which it is known which sentences belong to which picture.

Goes in: gold files. Comes out: one `Document` per page. Three kinds: textbook sections whose paragraphs cite figures,
pages of storybooks, and the bundled sample, each of whose pictures is drawn after a sentence.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lxml.html
import numpy as np
import pyarrow.dataset as ds
from numpy.typing import NDArray
from warcio.archiveiterator import ArchiveIterator

from corpus.align.figures import citations
from corpus.align.similarity import similarity_matrix
from corpus.columns import KEPT, Row
from corpus.extract.sentences import split_sentences
from corpus.extract.text import HEADING, LIST_ITEM, PARAGRAPH
from corpus.vectors import unpack
from demo.precision import read_gold, same_sentence

KINDS = {"h2": HEADING, "li": LIST_ITEM, "p": PARAGRAPH}
EMPTY = re.compile(r"\(\s*(?:see|and|also|,|\s)*\)", re.IGNORECASE)
CHAPTER = re.compile(r"_(\d\d)_")


@dataclass(frozen=True)
class Document:
    """One page: its sentences and pictures, and what belongs together.

    `group` is what must not be split between training and test: a chapter, a story. `gold` [n_images, n_sentences];
    a picture without any link is one of which nothing is known. `vectors` are those of pictures [n_images, d] and of
    sentences [n_sentences, d], where an encoder has made them.
    """

    url: str
    language: str
    group: str
    sentences: list[str]
    blocks: list[Row]
    images: Sequence[Row]
    gold: NDArray[np.bool_]
    vectors: tuple[NDArray[np.float32], NDArray[np.float32]] | None = None

    @property
    def similarity(self) -> NDArray[np.float32]:
        """Cosines; zeros where there are no vectors."""
        if self.vectors is None:
            return np.zeros(self.gold.shape, np.float32)
        return similarity_matrix(*self.vectors)


def textbook_documents(path: Path, *, with_citations: bool) -> Iterator[Document]:
    """The sections of openstax-dev-gold.jsonl.gz; without citations, "Figure 2" and "(see Figure 2)" are cut from the
    text. Captions are not part of the text."""
    for section in read_lines(path):
        texts = section["paragraphs"]
        if not with_citations:
            texts = [without_citations(text) for text in texts]
        kinds = [KINDS[kind] for kind in section["kinds"]]
        sentences, blocks, block_of = split_texts(texts, kinds, section["language"])
        links = {image: set(paragraphs) for image, paragraphs in section["gold"]}
        gold = [[block in links.get(n, ()) for block in block_of] for n in range(len(section["images"]))]
        first = [block["first_sentence"] for block in blocks] + [len(sentences)]
        images = [
            {**image, "dom_text_index": first[image["dom_index"] - n]}
            for n, image in enumerate(section["images"])
        ]
        chapter = CHAPTER.search(section["images"][0]["file"])
        group = f"{section['doc_id'].split('/')[0]} {chapter[1] if chapter else section['doc_id']}"
        yield Document(
            section["url"], section["language"], group, sentences, blocks, images, np.array(gold, bool)
        )


def without_citations(text: str) -> str:
    """The text without the places that name figures, and without brackets that are empty then."""
    for start, end, _ in sorted(citations(text), reverse=True):
        text = text[:start] + text[end:]
    return " ".join(EMPTY.sub("", text).split()) or "…"


def split_texts(
    texts: Sequence[str], kinds: Sequence[str], language: str
) -> tuple[list[str], list[Row], list[int]]:
    """Sentences, blocks, and the block of each sentence."""
    sentences: list[str] = []
    blocks: list[Row] = []
    block_of: list[int] = []
    for number, (text, kind) in enumerate(zip(texts, kinds, strict=True)):
        own = split_sentences(text, language) or [text]
        blocks.append({"kind": kind, "first_sentence": len(sentences), "n_sentences": len(own)})
        sentences += own
        block_of += [number] * len(own)
    return sentences, blocks, block_of


def story_documents(path: Path, warc: Path) -> Iterator[Document]:
    """The stories of storybook-dev-gold.jsonl.gz, pictures and texts in the order of the page in the WARC file."""
    pages = dict(html_pages(warc))
    for story in read_lines(path):
        texts = story["texts"]
        sentences, blocks, block_of = split_texts(texts, [PARAGRAPH] * len(texts), story["language"])
        first = [block["first_sentence"] for block in blocks] + [len(sentences)]
        before = texts_before(pages[story["url"]], [image["url"] for image in story["images"]], texts)
        links = {image: set(found) for image, found in story["gold"]}
        gold = [[block in links.get(n, ()) for block in block_of] for n in range(len(before))]
        images = [
            {"url": image["url"], "alt": None, "title": None, "caption": None, "dom_text_index": first[n]}
            for n, image in zip(before, story["images"], strict=True)
        ]
        yield Document(
            story["url"], story["language"], story["story"], sentences, blocks, images, np.array(gold, bool)
        )


def html_pages(warc: Path) -> Iterator[tuple[str, str]]:
    with warc.open("rb") as stream:
        for record in ArchiveIterator(stream):
            if record.rec_type == "response" and "html" in record.http_headers.get_header("Content-Type", ""):
                body = record.content_stream().read().decode("utf-8", "replace")
                yield record.rec_headers.get_header("WARC-Target-URI"), body


def texts_before(page: str, image_urls: Sequence[str], texts: Sequence[str]) -> list[int]:
    """How many of the texts stand before each picture, both being in the order of the page."""
    parts: list[str] = []
    places: list[int] = []
    wanted = iter(image_urls)
    url = next(wanted, None)
    for element in lxml.html.document_fromstring(page).iter():
        if element.tag == "img" and element.get("src") == url:
            places.append(len("".join(parts)))
            url = next(wanted, None)
        elif isinstance(element.tag, str) and element.tag not in ("script", "style", "title"):
            parts.append(squeezed(element.text))
    flat, at, starts = "".join(parts), 0, []
    for text in texts:
        found = flat.find(squeezed(text)[:20], at)
        at = found if found >= 0 else at
        starts.append(at)
    return [sum(start < place for start in starts) for place in places]


def squeezed(text: str | None) -> str:
    return "".join((text or "").split())


def sample_documents(out: Path, gold: Path) -> Iterator[Document]:
    """The pages of a finished build of the bundled sample that own a picture, with the vectors of its encoder."""
    tables = json.loads((out / "build.json").read_text(encoding="utf-8"))["digests"]

    def rows(table: str, columns: list[str]) -> list[dict[str, Any]]:
        folder = out / "tables" / table / tables[table]
        found: list[dict[str, Any]] = (
            ds.dataset(folder, format="parquet").to_table(columns=columns).to_pylist()
        )
        return found

    vector_of = {
        row["content_hash"]: row["embedding"] for row in rows("image_features", ["content_hash", "embedding"])
    }
    hash_of = {
        (row["document_id"], row["dom_index"]): row["content_hash"]
        for row in rows("image_decisions", ["document_id", "dom_index", "content_hash", "outcome"])
        if row["outcome"] == KEPT
    }
    embedded = {
        row["document_id"]: row
        for row in rows("sentence_embeddings", ["document_id", "n_dimensions", "embeddings"])
    }
    pages = {page["url"]: page for page in read_gold(gold)}
    columns = ["document_id", "url", "language", "sentences", "blocks", "image_references"]
    for row in sorted(rows("documents", columns), key=lambda row: str(row["url"])):
        owned = [
            each for each in row["image_references"] if (row["document_id"], each["dom_index"]) in hash_of
        ]
        if row["url"] in pages and owned:
            own = embedded[row["document_id"]]
            packed = b"".join(vector_of[hash_of[row["document_id"], each["dom_index"]]] for each in owned)
            vectors = (unpack(packed, own["n_dimensions"]), unpack(own["embeddings"], own["n_dimensions"]))
            yield sample_document(row, owned, pages[row["url"]], vectors)


def sample_document(
    row: Row,
    owned: Sequence[Row],
    page: Mapping[str, Any],
    vectors: tuple[NDArray[np.float32], NDArray[np.float32]],
) -> Document:
    right = {url: image["sentence"] for image in page["images"] for url in (image["url"], *image["also"])}
    gold = [
        [
            each["url"] in right and same_sentence(sentence, right[each["url"]])
            for sentence in row["sentences"]
        ]
        for each in owned
    ]
    return Document(
        row["url"],
        page["language"],
        row["url"],
        row["sentences"],
        row["blocks"],
        list(owned),
        np.array(gold, bool),
        vectors,
    )


def read_lines(path: Path) -> Iterator[Mapping[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)
