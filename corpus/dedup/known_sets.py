"""Indices of evaluation sets that were made before: a build that is begun again does not hash a million texts anew.

Goes in: settings, the output folder. Comes out: the index that lies there, as long as the files of the sets are as they
were, by name, size and time of writing.
"""

from __future__ import annotations

from dataclasses import replace

from corpus.config import Settings, digest
from corpus.dedup.evaluation import FOLDER, EvaluationIndex, check_names, read_index
from corpus.dedup.evaluation_files import stamps_of_set
from corpus.errors import DataError
from corpus.storage import join, read_json, write_json

HASHING = 1
"""Raised when texts or pictures get other hashes, or are read otherwise."""


def known_index(settings: Settings) -> EvaluationIndex | None:
    """The index of the sets in the settings, None without any, or when it was not made yet. SettingsError when the sets
    cannot be told apart by name."""
    check_names(settings)
    if not (settings.dedup.evaluation_texts or settings.dedup.evaluation_images):
        return None
    told = read_json(place_of(settings))
    if told is None:
        return None
    try:
        index = read_index(join(settings.places.out, FOLDER, told["index"]))
    except DataError:
        return None
    return replace(index, notes=tuple(told["notes"]))


def remember(settings: Settings, index: EvaluationIndex, uri: str) -> None:
    """Say which sets the index at `uri` is of."""
    write_json(place_of(settings), {"index": uri.rpartition("/")[2], "notes": index.notes})


def place_of(settings: Settings) -> str:
    dedup = settings.dedup
    stamps = [[uri, stamps_of_set(uri)] for uri in (*dedup.evaluation_texts, *dedup.evaluation_images)]
    kinds = [len(dedup.evaluation_texts), dedup.evaluation_words, settings.fetch.max_pixels]
    return join(settings.places.out, FOLDER, f"{digest([HASHING, kinds, stamps])}.json")
