"""Which signs of noise tell wrong pairs from right ones: `python -m bench.noise OUT`.

Goes in: a finished build of the bundled sample and the encoder's vectors in it. Comes out: ROC-AUC per sign, kind of
noise and share of what was made wrong, as a table in Markdown.

Kinds: `swapped` sends pictures round among the documents of a language; `shuffled` gives the pictures of a document
each other's sentences; `matched anew` swaps as the first and then matches as a build does, so that the picture has the
best sentence it can get. Signs of documents are tried on documents all of whose pictures were chosen.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.gold import Document, sample_documents
from bench.noise_pictures import picture_table
from bench.noise_sentences import sentence_rows
from bench.sampling_bias import bias_rows
from bench.separation import separation
from corpus.align.assignment import assign
from corpus.align.measures import measure
from corpus.align.noise import Negatives, coherence, norm_sim, shuffle_z, signs
from corpus.align.similarity import similarity_matrix
from corpus.vectors import unit
from demo.precision import GOLD

SEED = 0
N_ROUNDS = 20
SHARES = (0.1, 0.3, 0.5)
N_NEGATIVES = 63
SWAPPED, SHUFFLED, ANEW = "swapped", "shuffled", "swapped, matched anew"
HIGH_IS_BAD = frozenset(("regret", "entropy", "nearest_image_sim", "sentences_above", "images_above"))
KINDS = (SWAPPED, SHUFFLED, ANEW)

Vectors = NDArray[np.float32]
Signs = Mapping[str, NDArray[np.floating]]


@dataclass(frozen=True)
class Pairs:
    """A document's pictures [n, d] and sentences [n_sentences, d], the sentence of each picture, and which of the pairs
    were made wrong [n]."""

    language: str
    pictures: Vectors
    sentences: Vectors
    matched: NDArray[np.int32]
    is_wrong: NDArray[np.bool_]


def right_pairs(documents: Sequence[Document]) -> list[Pairs]:
    """Pictures with their sentence by the gold."""
    found = []
    for document in documents:
        assert document.vectors is not None
        known = document.gold.any(axis=1)
        pictures, sentences = (unit(each) for each in document.vectors)
        matched = document.gold[known].argmax(axis=1).astype(np.int32)
        if known.any():
            none = np.zeros(len(matched), bool)
            found.append(Pairs(document.language, pictures[known], sentences, matched, none))
    return found


def corrupted(
    pairs: Sequence[Pairs], kind: str, chosen: Sequence[NDArray[np.bool_]], random: np.random.Generator
) -> list[Pairs]:
    """The same with the chosen pictures made wrong, but for those that find no other to change places with."""
    if kind == SHUFFLED:
        return [shuffled(each, np.flatnonzero(own)) for each, own in zip(pairs, chosen, strict=True)]
    made = swapped(pairs, chosen, random, anew=kind == ANEW)
    if kind == ANEW:
        made = [
            replace(each, matched=assign(similarity_matrix(each.pictures, each.sentences), -1))
            for each in made
        ]
    return made


def shuffled(each: Pairs, rows: NDArray[np.intp]) -> Pairs:
    """Each of the rows with the sentence of the one before."""
    matched = each.matched.copy()
    matched[rows] = np.roll(matched[rows], 1)
    return replace(each, matched=matched, is_wrong=matched != each.matched)


def swapped(
    pairs: Sequence[Pairs], chosen: Sequence[NDArray[np.bool_]], random: np.random.Generator, *, anew: bool
) -> list[Pairs]:
    """The chosen pictures of each language sent round among their places. One that stays within its document is wrong
    there unless it is matched anew."""
    made = [
        replace(each, pictures=each.pictures.copy(), is_wrong=np.zeros(len(each.matched), bool))
        for each in pairs
    ]
    for language in sorted({each.language for each in pairs}):
        places = [
            (index, row)
            for index, own in enumerate(chosen)
            if pairs[index].language == language
            for row in np.flatnonzero(own)
        ]
        order = random.permutation(len(places))
        for at, place in enumerate(order):
            (index, row), (source, source_row) = places[place], places[order[at - 1]]
            made[index].pictures[row] = pairs[source].pictures[source_row]
            made[index].is_wrong[row] = source != index or (source_row != row and not anew)
    return made


def signs_of(pairs: Sequence[Pairs], random: np.random.Generator) -> tuple[Signs, Signs]:
    """Signs of all pictures, one after another, and of all documents; larger is cleaner."""
    of_pictures: dict[str, list[NDArray[np.floating]]] = defaultdict(list)
    of_documents: dict[str, list[float]] = defaultdict(list)
    for index, each in enumerate(pairs):
        others = [
            pair for place, pair in enumerate(pairs) if place != index and pair.language == each.language
        ]
        negatives = Negatives(
            drawn(np.concatenate([pair.pictures for pair in others]), random),
            drawn(np.concatenate([pair.sentences for pair in others]), random),
        )
        similarity = similarity_matrix(each.pictures, each.sentences)
        measures = measure(similarity, each.matched)
        own = {"matched_sim": measures.matched_sim, "best_sim": measures.best_sim, "margin": measures.margin}
        unread = np.full(len(each.matched), np.nan)  # letters: bench.noise_pictures
        for name, values in signs(
            each.pictures, each.sentences, similarity, each.matched, negatives, unread
        ).items():
            if name != "shortcut":
                own[name] = -values if name in HIGH_IS_BAD else values
        own["NormSim (not kept)"] = norm_sim(each.pictures, negatives.pictures)
        for name, values in own.items():
            of_pictures[name].append(values)
        for name in ("matched_sim", "topical_sim", "s_clip_loss"):
            of_documents[f"mean {name}"].append(float(np.mean(own[name])))
        of_documents["shuffle_z"].append(shuffle_z(similarity, each.matched))
        of_documents["coherence of pictures (not kept)"].append(coherence(each.pictures))
    pictures = {name: np.concatenate(values) for name, values in of_pictures.items()}
    return pictures, {name: np.array(values) for name, values in of_documents.items()}


def drawn(vectors: Vectors, random: np.random.Generator) -> Vectors:
    """At most N_NEGATIVES of them."""
    return vectors[random.permutation(len(vectors))[:N_NEGATIVES]]


def chosen_pictures(
    pairs: Sequence[Pairs], share: float, random: np.random.Generator
) -> list[NDArray[np.bool_]]:
    return [random.random(len(each.matched)) < share for each in pairs]


def chosen_documents(
    pairs: Sequence[Pairs], share: float, random: np.random.Generator
) -> list[NDArray[np.bool_]]:
    return [np.full(len(each.matched), random.random() < share) for each in pairs]


Choosing = Callable[[Sequence[Pairs], float, np.random.Generator], list[NDArray[np.bool_]]]


def table(pairs: Sequence[Pairs], of_documents: bool) -> Iterator[str]:
    """A row per sign, a column per kind and share: the mean over rounds."""
    choosing: Choosing = chosen_documents if of_documents else chosen_pictures
    random = np.random.default_rng(SEED)
    found: dict[str, list[float]] = defaultdict(list)
    for kind in KINDS:
        for share in SHARES:
            rounds: dict[str, list[float]] = defaultdict(list)
            for _ in range(N_ROUNDS):
                made = corrupted(pairs, kind, choosing(pairs, share, random), random)
                signs = signs_of(made, random)[of_documents]
                wrong = [each.is_wrong.any(keepdims=True) if of_documents else each.is_wrong for each in made]
                for name, sign in signs.items():
                    rounds[name].append(separation(sign, np.concatenate(wrong)))
            for name, values in rounds.items():
                found[name].append(float(np.nanmean(values)))
    yield "| sign | " + " | ".join(f"{kind} {share:.0%}" for kind in KINDS for share in SHARES) + " |"
    yield "|---" * (1 + len(KINDS) * len(SHARES)) + "|"
    for name, values in found.items():
        yield f"| {name} | " + " | ".join(f"{value:.3f}" for value in values) + " |"


def main(arguments: Sequence[str]) -> int:
    if len(arguments) != 1 or not (Path(arguments[0]) / "build.json").is_file():
        print("usage: python -m bench.noise OUT, a finished build of the bundled sample", file=sys.stderr)
        return 2
    documents = list(sample_documents(Path(arguments[0]), GOLD))
    pairs = right_pairs(documents)
    print(
        f"{sum(len(each.matched) for each in pairs)} pairs of {len(pairs)} documents, means over {N_ROUNDS} rounds\n"
    )
    for of_documents in (False, True):
        print("\n".join(table(pairs, of_documents)) + "\n", flush=True)
    random = np.random.default_rng(SEED)
    print("\n".join(picture_table(Path(arguments[0]), GOLD, SHARES, N_ROUNDS, random)) + "\n", flush=True)
    print(
        "\n".join(bias_rows([each.pictures for each in pairs], SHARES, N_ROUNDS, random)) + "\n", flush=True
    )
    print("\n".join(sentence_rows(documents, random)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
