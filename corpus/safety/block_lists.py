"""Block lists: hashes of pictures that are never kept.

Goes in: lists given by whoever runs the build, one hash a line: sha256 of bytes, our 64-bit DCT hash, or PDQ (Meta,
256 bits; github.com/facebook/ThreatExchange, pdq). Comes out: the list and line that a picture matches. What follows a
hash on its line, after a comma or white space, is not read; # begins a comment.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from corpus.config import Safety
from corpus.errors import OutputError, SettingsError
from corpus.storage import read_bytes

Words = NDArray[np.uint64]

N_DIGITS = {"sha256": 64, "phash": 16, "pdq": 64}
END = re.compile(r"[\s,;]")
PDQ_SIDE_PX = 512  # the reference implementation brings pictures to it first
MIN_PDQ_QUALITY = 50  # of 100; hashes of flatter pictures mean nothing: ThreatExchange, pdq/README.md


@dataclass(frozen=True)
class Near:
    """Hashes that match within `max_bits`: `words` [n, n_words], and the line of each."""

    kind: str
    place: str
    words: Words
    lines: tuple[int, ...]
    max_bits: int

    def hit(self, digits: str | None) -> str | None:
        """Place, line and distance of the nearest hash, None when none is within reach."""
        if digits is None or not self.lines:
            return None
        bits = np.bitwise_count(self.words ^ words_of([digits])).sum(axis=1)
        nearest = int(bits.argmin())
        if bits[nearest] > self.max_bits:
            return None
        return f"{self.kind} of {self.place}, line {self.lines[nearest]}, {bits[nearest]} bits apart"


@dataclass(frozen=True)
class BlockLists:
    """The lists that are given; `identity` is of their texts and distances, empty without any."""

    identity: str = ""
    place: str = ""
    contents: Mapping[bytes, int] = field(default_factory=dict)
    phash: Near | None = None
    pdq: Near | None = None

    def hit(self, content_hash: str | None, perceptual_hash: str | None) -> str | None:
        """What of the lists names a picture with these hashes."""
        line = self.contents.get(bytes.fromhex(content_hash)) if content_hash else None
        if line is not None:
            return f"sha256 of {self.place}, line {line}"
        return self.phash.hit(perceptual_hash) if self.phash else None


def read_block_lists(safety: Safety) -> BlockLists:
    """The lists that the settings name. Raises SettingsError."""
    named = {kind: place for kind in N_DIGITS if (place := getattr(safety, f"blocked_{kind}")) is not None}
    if not named:
        return BlockLists()
    if "pdq" in named and find_spec("pdqhash") is None:
        raise SettingsError(
            "safety.blocked_pdq needs pdqhash, which is not installed: pip install 'interleaved-corpus[pdq]'"
        )
    texts = {kind: text_of(kind, place) for kind, place in named.items()}
    hashes = {kind: parse(kind, text, named[kind]) for kind, text in texts.items()}
    reach = {"phash": safety.blocked_phash_bits, "pdq": safety.blocked_pdq_bits}
    near = {
        kind: Near(kind, named[kind], words_of(list(found)), tuple(found.values()), reach[kind])
        for kind, found in hashes.items()
        if kind in reach
    }
    told = [(kind, hashlib.sha256(text).hexdigest(), reach.get(kind, 0)) for kind, text in texts.items()]
    return BlockLists(
        hashlib.sha256(repr(told).encode()).hexdigest()[:16],
        named.get("sha256", ""),
        {bytes.fromhex(digits): line for digits, line in hashes.get("sha256", {}).items()},
        near.get("phash"),
        near.get("pdq"),
    )


def text_of(kind: str, place: str) -> bytes:
    try:
        data = read_bytes(place)
    except (OSError, OutputError) as error:
        raise SettingsError(f"safety.blocked_{kind}: cannot read {place}: {error}") from None
    if data is None:
        raise SettingsError(
            f"safety.blocked_{kind}: there is no file {place}; give the path or URI of the list"
        )
    return data.removeprefix(b"\xef\xbb\xbf")


def parse(kind: str, data: bytes, place: str) -> dict[str, int]:
    """Hashes in lower case with the first line that has them. SettingsError for a line without one."""
    pattern, found = re.compile(rf"[0-9a-f]{{{N_DIGITS[kind]}}}"), dict[str, int]()
    for number, line in enumerate(data.splitlines(), start=1):
        written = line.decode("utf-8", "replace").partition("#")[0].strip().lower()
        if not written:
            continue
        digits = END.split(written, maxsplit=1)[0]
        if not pattern.fullmatch(digits):
            raise SettingsError(
                f"safety.blocked_{kind}: {place}, line {number} does not begin with the {N_DIGITS[kind]} hex digits of "
                f"a {kind}; correct the line or put # before it"
            )
        found.setdefault(digits, number)
    return found


def words_of(hashes: list[str]) -> Words:
    """Hex digits as [n, n_words]; no hashes as [0, 1]."""
    if not hashes:
        return np.empty((0, 1), np.uint64)
    return np.frombuffer(bytes.fromhex("".join(hashes)), np.uint64).reshape(len(hashes), -1)


def pdq_hash(picture: Image.Image) -> str | None:
    """The PDQ of an RGB picture, 64 hex digits as ThreatExchange writes them; None when its quality is too low."""
    import pdqhash

    small = picture.copy()
    small.thumbnail((PDQ_SIDE_PX, PDQ_SIDE_PX))
    bits, quality = pdqhash.compute(np.ascontiguousarray(np.asarray(small)))
    return np.packbits(bits).tobytes().hex() if quality >= MIN_PDQ_QUALITY else None
