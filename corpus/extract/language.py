"""The languages of a page and of its blocks, as py3langid tells them, many texts at once.

Goes in: lines, or the texts of blocks. Comes out: ISO 639-1 codes and probabilities, those of py3langid to the last
bit. It counts features with an automaton, byte by byte, in Python, which takes most of its time. A state of that
automaton depends on the last six bytes alone, so texts can be cut into short pieces, and all pieces of a page take each
step together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

MAX_LINES = 20
MAX_LINE_BYTES = 40
MAX_LINE_CHARACTERS = 200
BLOCK_CHARACTERS = 80
MIN_BLOCK_LETTERS = 20
PIECE_BYTES = 16
TEXTS_AT_ONCE = 64  # whose rows of the table take 2 MB
MEMORY_BYTES = 6  # the longest feature; that it is enough for the model in use is tested
NO_TEXT = bytes(MEMORY_BYTES)  # after these the automaton is where it begins


@dataclass(frozen=True)
class LanguageModel:
    """What py3langid has learned. `encode` makes bytes of a text; `moves` [n_rows * 256] is the next state, `rows`
    [n_states] where a state has its moves, `features` [n_states] the feature that it ends, or -1; `table` [n_features,
    n_labels] and `priors` [n_labels] are logarithms. Of the pairs in `same` both columns are one label.
    """

    encode: Callable[[str], bytes]
    labels: tuple[str, ...]
    same: tuple[tuple[int, int], ...]
    moves: NDArray[np.uint32]
    rows: NDArray[np.int64]
    features: NDArray[np.int32]
    table: NDArray[np.float32]
    priors: NDArray[np.float32]


@lru_cache(maxsize=1)
def language_model() -> LanguageModel:
    """The model, loaded once per process, for the languages that ISO 639-1 names."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages([code for code in identifier.labels if len(code) == 2])
    return LanguageModel(
        encode=LanguageIdentifier._encode,
        labels=tuple(identifier.nb_classes),
        same=tuple(identifier._alias_pairs),
        moves=np.asarray(identifier.tk_nextmove),
        rows=np.asarray(identifier._rowbase, dtype=np.int64),
        features=np.asarray(identifier.tk_output, dtype=np.int32),
        # Row by row, as they are gathered, and no half floats, which would be converted at each look.
        table=np.ascontiguousarray(identifier.nb_ptc, dtype=np.float32),
        priors=identifier.nb_pc,
    )


def identify_language(lines: Sequence[str]) -> tuple[str, float]:
    """ISO 639-1 code of the language that most of the lines speak, and its probability, 0 to 1."""
    return identify_languages(lines, [])[0]


def identify_languages(
    lines: Sequence[str], blocks: Sequence[str]
) -> tuple[tuple[str, float], list[tuple[str, float] | None]]:
    """ISO 639-1 code and probability, 0 to 1, of the language of a page, which has one line or more, and of each of its
    blocks, all in one go.

    Each line votes with its probabilities, weighted by its length up to 40 bytes, so that one long English notice
    does not outvote a story told in short sentences. A block is told by its first 80 characters: None when it is
    shorter or has under 20 letters there.
    """
    lines = lines[:: max(1, len(lines) // MAX_LINES)][:MAX_LINES]
    starts = [
        (place, start) for place, text in enumerate(blocks) if is_told(start := text[:BLOCK_CHARACTERS])
    ]
    probabilities = label_probabilities(
        [*(line[:MAX_LINE_CHARACTERS] for line in lines), *(start for _, start in starts)]
    )
    found: list[tuple[str, float] | None] = [None] * len(blocks)
    of_blocks = probabilities[len(lines) :]
    for (place, _), label, row in zip(starts, of_blocks.argmax(axis=1), of_blocks, strict=True):
        found[place] = language_model().labels[label], min(1.0, float(row[label]))
    return vote(lines, probabilities[: len(lines)]), found


def vote(lines: Sequence[str], probabilities: NDArray[np.float32]) -> tuple[str, float]:
    """What the lines agree upon, and its probability."""
    weights = [min(MAX_LINE_BYTES, len(line.encode("utf-8", "replace"))) for line in lines]
    votes = np.zeros(len(language_model().labels))
    for weight, row in zip(weights, probabilities, strict=True):
        votes += weight * row.astype(np.float64)
    votes_for, code = max(zip(votes.tolist(), language_model().labels, strict=True))
    return code, votes_for / sum(weights)


def is_told(start: str) -> bool:
    """Whether the start of a block is long enough to tell its language."""
    return len(start) == BLOCK_CHARACTERS and sum(map(str.isalpha, start)) >= MIN_BLOCK_LETTERS


def label_probabilities(texts: Sequence[str]) -> NDArray[np.float32]:
    """The probability of each of the model's `labels` for each text [n_texts, n_labels]; 0 for the second of a pair
    that is one label."""
    model = language_model()
    encoded = [model.encode(text) for text in texts]
    scores = np.zeros((len(texts), len(model.labels)), dtype=np.float32)
    for begin in range(0, len(texts), TEXTS_AT_ONCE):
        features, counts, edges = features_of(encoded[begin : begin + TEXTS_AT_ONCE], model)
        weights, logarithms = np.log1p(counts), model.table.take(features, axis=0)
        for row, (first, last) in zip(scores[begin:], pairwise(edges), strict=False):
            if last > first:
                row[:] = weights[first:last] @ logarithms[first:last] + model.priors
    # Divided by the square root of their length: else long texts would be surer than they are right.
    scores *= np.array([[1.0 / len(text or b" ") ** 0.5] for text in encoded]).astype(np.float32)
    np.exp(scores - scores.max(axis=1, keepdims=True), out=scores)
    scores /= scores.sum(axis=1, keepdims=True)
    for first, second in model.same:
        scores[:, first] += scores[:, second]
        scores[:, second] = 0.0
    return scores


def features_of(
    texts: Sequence[bytes], model: LanguageModel
) -> tuple[NDArray[np.int64], NDArray[np.float32], list[int]]:
    """The features of each text, in the order in which it meets them, and how often it does; where those of each text
    begin, and where the last ones end."""
    lengths = np.array([len(text) for text in texts])
    text_of = np.repeat(np.arange(len(texts)), lengths)
    met = model.features.take(states_of(texts, lengths, model))
    is_met = met >= 0
    keys = text_of[is_met] * len(model.table) + met[is_met]
    _, firsts, counts = np.unique(keys, return_index=True, return_counts=True)
    order = np.argsort(firsts)
    owners, features = np.divmod(keys[firsts[order]], len(model.table))
    edges = np.searchsorted(owners, np.arange(len(texts) + 1)).tolist()
    return features, counts[order].astype(np.float32), edges


def states_of(
    texts: Sequence[bytes], lengths: NDArray[np.int64], model: LanguageModel
) -> NDArray[np.integer[Any]]:
    """The state of the automaton behind each byte of the texts, one text after the other."""
    buffer = np.frombuffer(b"".join(NO_TEXT + text for text in texts) + bytes(PIECE_BYTES), dtype=np.uint8)
    n_pieces = -(-lengths // PIECE_BYTES)
    begins = np.cumsum(lengths + MEMORY_BYTES) - lengths - MEMORY_BYTES
    starts = np.repeat(begins, n_pieces) + PIECE_BYTES * places_within(n_pieces)
    read = buffer.take(starts + np.arange(MEMORY_BYTES + PIECE_BYTES)[:, None]).astype(np.int64)
    state: NDArray[np.integer[Any]] = np.zeros(len(starts), dtype=np.int64)
    states = np.zeros((len(starts), PIECE_BYTES), dtype=np.int64)
    for step, bytes_read in enumerate(read, -MEMORY_BYTES):
        state = model.moves.take(model.rows.take(state) + bytes_read)
        if step >= 0:
            states[:, step] = state
    first_pieces = np.cumsum(n_pieces) - n_pieces
    return states.ravel()[np.repeat(PIECE_BYTES * first_pieces, lengths) + places_within(lengths)]


def places_within(lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """0, 1, 2 and so on for each length, one after the other."""
    return np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
