"""Which signs tell pictures with text pasted on them, and near-copies within a document: part of `bench.noise`.

Goes in: a finished build of the bundled sample, its gold, its encoder. Comes out: ROC-AUC per sign, kind of noise and
share of what was made wrong. Pasted text is the sentence that the picture belongs to, in documents whose letters the
font has. Of a near-copy, which stands beside its original, both are wrong.
"""

from __future__ import annotations

import io
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.dataset as ds
from numpy.typing import NDArray
from PIL import Image

from bench.gold import Document, sample_documents
from bench.separation import separation
from bench.spoiled import COPIED, with_text
from corpus.align.noise import nearest_picture, shortcut
from corpus.dedup.hashes import nearest_bits
from corpus.encode.encoder import Encoder, load_encoder
from corpus.filters.picture_signs import picture_signs
from corpus.pixels import perceptual_hash
from corpus.vectors import unit

LATIN = ("en", "de", "es", "fr")
TEXT = "text pasted"

Floats = NDArray[np.floating]
Signs = dict[str, Floats]


@dataclass(frozen=True)
class Shown:
    """The pictures of a document whose sentence is known, with vectors [n, d], and these sentences, with theirs."""

    language: str
    pictures: Sequence[Image.Image]
    vectors: NDArray[np.float32]
    texts: Sequence[str]
    text_vectors: NDArray[np.float32]


def shown_pictures(out: Path, gold: Path) -> list[Shown]:
    """Those of the sample, with their pixels."""
    tables = json.loads((out / "build.json").read_text(encoding="utf-8"))["digests"]
    folder = out / "tables" / "images" / tables["images"]
    columns = ["image_url_id", "bytes"]
    rows = ds.dataset(folder, format="parquet").to_table(columns=columns).to_pylist()
    body = {row["image_url_id"]: row["bytes"] for row in rows}
    return [shown(document, body) for document in sample_documents(out, gold) if document.gold.any()]


def shown(document: Document, body: Mapping[str, bytes]) -> Shown:
    assert document.vectors is not None
    known = np.flatnonzero(document.gold.any(axis=1))
    places = document.gold[known].argmax(axis=1)
    pictures = [opened(body[document.images[at]["image_url_id"]]) for at in known.tolist()]
    vectors, text_vectors = (unit(each) for each in document.vectors)
    texts = [document.sentences[place] for place in places.tolist()]
    return Shown(document.language, pictures, vectors[known], texts, text_vectors[places])


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data)).convert("RGB")


def pasted(documents: Sequence[Shown], encoder: Encoder, random: np.random.Generator) -> tuple[Signs, Signs]:
    """Signs of all pictures as they are, and with their sentence pasted on them; larger is cleaner."""
    latin = [each for each in documents if each.language in LATIN]
    pictures = [picture for each in latin for picture in each.pictures]
    texts = [text for each in latin for text in each.texts]
    spoilt = [with_text(picture, random, text) for picture, text in zip(pictures, texts, strict=True)]
    partners = np.concatenate([each.text_vectors for each in latin])
    vectors = np.concatenate([each.vectors for each in latin])
    return (
        text_signs(pictures, vectors, partners),
        text_signs(spoilt, encoder.encode_images(spoilt), partners),
    )


def text_signs(pictures: Sequence[Image.Image], vectors: Floats, partners: Floats) -> Signs:
    own = (vectors * partners).sum(axis=1)
    letters = np.array([picture_signs(picture)["image_letters"] for picture in pictures])
    return {"matched_sim": own, "image_letters": -letters, "shortcut": -shortcut(own, letters)}


@dataclass(frozen=True)
class Copies:
    """Vectors [n, d] and perceptual hashes of the pictures of a document, and of a near-copy of each."""

    vectors: NDArray[np.float32]
    hashes: Sequence[str]
    copied_vectors: NDArray[np.float32]
    copied_hashes: Sequence[str]


def copies(each: Shown, kind: str, encoder: Encoder, random: np.random.Generator) -> Copies:
    made = [COPIED[kind](picture, random) for picture in each.pictures]
    return Copies(
        each.vectors,
        [perceptual_hash(picture) for picture in each.pictures],
        encoder.encode_images(made),
        [perceptual_hash(picture) for picture in made],
    )


def copy_signs(each: Copies, chosen: NDArray[np.bool_]) -> Signs:
    """Signs of the pictures and of the near-copies of the chosen ones; larger is cleaner."""
    rows = np.flatnonzero(chosen)
    hashes = [*each.hashes, *(each.copied_hashes[row] for row in rows.tolist())]
    others = ([*hashes[:at], *hashes[at + 1 :]] for at in range(len(hashes)))
    bits = [nearest_bits(hash_, rest) for hash_, rest in zip(hashes, others, strict=True)]
    return {
        "nearest_image_sim": -nearest_picture(np.concatenate([each.vectors, each.copied_vectors[rows]])),
        "bits to the nearest perceptual hash": np.array([np.nan if n is None else n for n in bits]),
    }


def picture_table(
    out: Path, gold: Path, shares: Sequence[float], n_rounds: int, random: np.random.Generator
) -> Iterator[str]:
    """A row per sign, a column per kind and share: the mean over rounds; empty where a sign has no part in a kind."""
    encoder = load_encoder("demo")
    documents = shown_pictures(out, gold)
    found: dict[tuple[str, str, float], list[float]] = defaultdict(list)
    clean, spoilt = pasted(documents, encoder, random)
    made = {kind: [copies(each, kind, encoder, random) for each in documents] for kind in COPIED}
    for share in shares:
        for _ in range(n_rounds):
            wrong = random.random(len(clean["matched_sim"])) < share
            for sign, values in clean.items():
                mixed = np.where(wrong, spoilt[sign], values)
                found[sign, TEXT, share].append(separation(mixed, wrong))
            for kind, of_documents in made.items():
                for sign, told in copies_told(of_documents, share, random).items():
                    found[sign, kind, share].append(told)
    columns = [(kind, share) for kind in (TEXT, *COPIED) for share in shares]
    yield "| sign | " + " | ".join(f"{kind} {share:.0%}" for kind, share in columns) + " |"
    yield "|---" * (1 + len(columns)) + "|"
    for sign in dict.fromkeys(sign for sign, _, _ in found):
        cells = [found.get((sign, *column)) for column in columns]
        yield f"| {sign} | " + " | ".join(f"{np.nanmean(cell):.3f}" if cell else "" for cell in cells) + " |"


def copies_told(
    of_documents: Sequence[Copies], share: float, random: np.random.Generator
) -> dict[str, float]:
    """How well each sign tells the near-copies of a round and their originals from the other pictures."""
    signs: dict[str, list[Floats]] = defaultdict(list)
    wrong = []
    for each in of_documents:
        chosen = random.random(len(each.vectors)) < share
        wrong.append(np.concatenate([chosen, np.ones(int(chosen.sum()), bool)]))
        for sign, values in copy_signs(each, chosen).items():
            signs[sign].append(values)
    together = np.concatenate(wrong)
    return {sign: separation(np.concatenate(values), together) for sign, values in signs.items()}
