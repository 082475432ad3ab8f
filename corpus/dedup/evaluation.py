"""Evaluation sets: texts and pictures that models are evaluated on, which no corpus should hold.

Goes in: files of texts and pictures. Comes out: an index of their hashes, small enough for every task to load, and what
of a page is in it.
"""

from __future__ import annotations

import hashlib
import io
from array import array
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from corpus.config import Settings
from corpus.dedup.evaluation_files import name_of, pictures_in, texts_in
from corpus.dedup.shingles import Numbers, run_hashes
from corpus.errors import DataError, SettingsError
from corpus.pixels import PictureFault, decoded, describe
from corpus.storage import join, names_in, read_bytes, write_bytes

FOLDER = "evaluation"
MOST_BYTES = 2**29
"""Bytes of hashes of all sets: each process of a task holds them."""
WAITING = 2**18
"""Hashes, and texts, that are gathered before they are put among those known."""
TEXT, IMAGE = "text:", "image:"


@dataclass(frozen=True)
class EvaluationIndex:
    """Hashes by name of the set, ascending: 64 bits of each run of words, and perceptual hashes of pictures. `notes`
    say what of the sets cannot be looked for."""

    texts: Mapping[str, Numbers] = field(default_factory=dict)
    images: Mapping[str, Numbers] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def text_identity(self) -> str:
        return identity(self.texts)

    @property
    def image_identity(self) -> str:
        return identity(self.images)


def identity(sets: Mapping[str, Numbers]) -> str:
    """sha256 of names and hashes, 16 hex digits; empty without sets."""
    found = hashlib.sha256()
    for name, hashes in sorted(sets.items()):
        found.update(f"{name}\0{len(hashes)}\0".encode() + hashes.tobytes())
    return found.hexdigest()[:16] if sets else ""


def build_index(settings: Settings) -> EvaluationIndex:
    """The index of the sets in the settings. SettingsError when one cannot be read, two have one name, or
    dedup.flag_only names none."""
    check_names(settings)
    dedup = settings.dedup
    notes: list[str] = []
    texts = {
        name_of(uri): hashes_of_texts(uri, dedup.evaluation_words, notes) for uri in dedup.evaluation_texts
    }
    images = {
        name_of(uri): hashes_of_images(uri, settings.fetch.max_pixels, notes)
        for uri in dedup.evaluation_images
    }
    n_bytes = sum(hashes.nbytes for hashes in (*texts.values(), *images.values()))
    if n_bytes > MOST_BYTES:
        raise too_many(", ".join(sorted({**texts, **images})))
    return EvaluationIndex(texts, images, tuple(notes))


def check_names(settings: Settings) -> None:
    """SettingsError when two sets have one name, or dedup.flag_only names none."""
    dedup = settings.dedup
    for uris in (dedup.evaluation_texts, dedup.evaluation_images):
        if len(set(map(name_of, uris))) < len(uris):
            raise SettingsError(f"two evaluation sets have the same name: {', '.join(uris)}; rename one")
    unknown = set(dedup.flag_only) - set(map(name_of, (*dedup.evaluation_texts, *dedup.evaluation_images)))
    if unknown:
        raise SettingsError(f"dedup.flag_only names {sorted(unknown)[0]}, which is no evaluation set")


def too_many(names: str) -> SettingsError:
    return SettingsError(
        f"evaluation sets ({names}): more than {MOST_BYTES // 8:,} different runs of words and pictures, as many as "
        "every task can hold; give fewer texts, such as questions without the passages that they are about"
    )


def hashes_of_texts(uri: str, n_words: int, notes: list[str]) -> Numbers:
    n_short = n_texts = 0

    def runs() -> Iterator[Numbers]:
        nonlocal n_short, n_texts
        for text in texts_in(uri):
            found = run_hashes([text], n_words)
            n_short, n_texts = n_short + (not len(found)), n_texts + 1
            yield found

    hashes = gathered(runs(), name_of(uri))
    if n_short:
        notes.append(
            f"evaluation set {name_of(uri)}: {n_short} of {n_texts} texts have under {n_words} words"
        )
    return hashes


def gathered(runs: Iterable[Numbers], name: str) -> Numbers:
    """All of them once, ascending. Memory grows with those that differ, not with texts; SettingsError when these are
    more than tasks can hold."""
    held, n_waiting, n_known = list[Numbers](), 0, 0
    for each in runs:
        held.append(each)
        n_waiting += len(each)
        if n_waiting > max(WAITING, n_known // 2) or len(held) > WAITING:
            n_known, n_waiting = fold(held), 0
            if n_known * 8 > MOST_BYTES:
                raise too_many(name)
    fold(held)
    return held[0]


def fold(held: list[Numbers]) -> int:
    """Put the one array of the distinct numbers in the place of all, and say how many; of twice as many there is no
    second copy meanwhile, as np.unique makes it."""
    numbers = np.concatenate([np.empty(0, dtype=np.uint64), *held])
    held.clear()
    numbers.sort()
    is_first = np.ones(len(numbers), dtype=bool)
    np.not_equal(numbers[1:], numbers[:-1], out=is_first[1:])
    held.append(numbers[is_first])
    return len(held[0])


def hashes_of_images(uri: str, max_pixels: int, notes: list[str]) -> Numbers:
    found = array("Q")
    n_unread = 0
    for number in (hash_of_image(data, max_pixels) for data in pictures_in(uri)):
        if number is None:
            n_unread += 1
        else:
            found.append(number)
    if n_unread:
        notes.append(f"evaluation set {name_of(uri)}: {n_unread} pictures cannot be read")
    return distinct(found)


def hash_of_image(data: bytes, max_pixels: int) -> int | None:
    """None of what is no picture."""
    try:
        return int(describe(*decoded(data, max_pixels), "").perceptual_hash, 16)
    except PictureFault:
        return None


def distinct(hashes: Iterable[int] | Numbers) -> Numbers:
    return np.unique(np.asarray(hashes, dtype=np.uint64))


def write_index(index: EvaluationIndex, out: str) -> str:
    """The URI of the index, written to the output folder unless it is there: its name says what is in it."""
    name = f"{index.text_identity or 'none'}-{index.image_identity or 'none'}.npz"
    uri = join(out, FOLDER, name)
    if name in names_in(join(out, FOLDER)):
        return uri
    stream = io.BytesIO()
    named = {TEXT + name: hashes for name, hashes in index.texts.items()}
    named |= {IMAGE + name: hashes for name, hashes in index.images.items()}
    np.savez(stream, **named)  # type: ignore[arg-type]
    write_bytes(uri, stream.getvalue())
    return uri


def read_index(uri: str | None) -> EvaluationIndex:
    """The index at a URI. DataError without one."""
    data = None if uri is None else read_bytes(uri)
    if data is None:
        raise DataError(f"the index of evaluation sets is not at {uri}: it has to be written before")
    with np.load(io.BytesIO(data)) as arrays:
        texts, images = (
            {name.removeprefix(sign): arrays[name] for name in arrays.files if name.startswith(sign)}
            for sign in (TEXT, IMAGE)
        )
    return EvaluationIndex(texts, images)


@lru_cache(maxsize=2)
def load_index(uri: str | None) -> EvaluationIndex:
    """What `read_index` gives, read once by a process of a task."""
    return read_index(uri)


def shared_runs(sentences: Sequence[str], sets: Mapping[str, Numbers], n_words: int) -> dict[str, int]:
    """Number of distinct runs that a text shares with each set that it shares any with."""
    if not sets:
        return {}
    runs = np.unique(run_hashes(sentences, n_words))
    counts = {name: n_found(runs, hashes) for name, hashes in sorted(sets.items())}
    return {name: n for name, n in counts.items() if n}


def n_found(runs: Numbers, hashes: Numbers) -> int:
    """How many of the runs are among the hashes; each is looked for by halving, so a set ten times as large costs a few
    comparisons more (np.isin sorts all of it anew for every page)."""
    if not len(hashes):
        return 0
    at = np.minimum(np.searchsorted(hashes, runs), len(hashes) - 1)
    return int((hashes[at] == runs).sum())


def alike(hashes: Collection[str | None], sets: Mapping[str, Numbers], max_bits: int) -> list[set[str]]:
    """Names of the sets that hold something like it, for each of the 64-bit hashes of which one does."""
    numbers = [np.uint64(int(each, 16)) for each in hashes if each is not None]
    found = (
        {name for name, known in sets.items() if (np.bitwise_count(known ^ number) <= max_bits).any()}
        for number in numbers
    )
    return [each for each in found if each]
