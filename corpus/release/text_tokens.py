"""How many tokens a text has, by tokenizers that need no network.

Goes in: names as the settings give them: `clip`, the byte-pair encoding that comes with open_clip, or NAME=PLACE with
the path or URI of a tokenizer.json of the package `tokenizers`. Comes out: functions from a text to its number of
tokens, without special ones.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable, Iterable
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from corpus.errors import SettingsError
from corpus.storage import read_bytes

if TYPE_CHECKING:
    from tokenizers import Tokenizer

CLIP = "clip"
CLIP_MERGES = "bpe_simple_vocab_16e6.txt.gz"
N_CLIP_MERGES = (
    49_152 - 2 * 256 - 2 + 256
)  # its vocabulary: bytes, bytes that end a word, merges, two special tokens
CLIP_WORDS = r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"
END_OF_WORD = "</w>"

CountTokens = Callable[[str], int]


def tokenizer_name(given: str) -> str:
    """The name under which the counts of a tokenizer stand."""
    return given.partition("=")[0]


@cache
def token_counter(given: str) -> CountTokens:
    """The count of one tokenizer. SettingsError when it cannot be had."""
    name, equals, place = given.partition("=")
    if find_spec("tokenizers") is None:
        raise SettingsError(
            f"release.tokenizers {given!r} needs the package tokenizers, which is not installed here; "
            "pip install 'interleaved-corpus[clip]', or --set release.tokenizers='[]'"
        )
    if not equals and name != CLIP:
        raise SettingsError(
            f"release.tokenizers {given!r} is neither {CLIP} nor NAME=PLACE of a tokenizer.json"
        )
    tokenizer = from_file(given, place) if equals else clip_tokenizer()
    return lambda text: len(tokenizer.encode(text, add_special_tokens=False).ids)


def from_file(given: str, place: str) -> Tokenizer:
    from tokenizers import Tokenizer

    data = read_bytes(place)
    if data is None:
        raise SettingsError(f"release.tokenizers {given!r}: there is no file {place}")
    try:
        tokenizer = Tokenizer.from_str(data.decode())
    except Exception as error:  # the package raises nothing narrower
        raise SettingsError(f"release.tokenizers {given!r}: {place} is no tokenizer.json: {error}") from None
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def clip_tokenizer() -> Tokenizer:
    """CLIP's byte-pair encoding (Radford et al. 2021, section 2.4): text in lower case, words and signs apart, bytes
    merged by the list that comes with open_clip. Its own tokenizer, of which this one gives the numbers, takes torch
    with it and twice the time; it also mends broken encodings (ftfy), which is not done here."""
    from tokenizers import Regex, Tokenizer, normalizers, pre_tokenizers
    from tokenizers.models import BPE

    merges = clip_merges()
    symbols = byte_symbols()
    vocabulary = [*symbols, *(symbol + END_OF_WORD for symbol in symbols), *map("".join, merges)]
    numbers = {token: number for number, token in enumerate(vocabulary)}
    tokenizer = Tokenizer(BPE(numbers, merges, end_of_word_suffix=END_OF_WORD))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(CLIP_WORDS), "removed", invert=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    return tokenizer


def clip_file() -> Path:
    """The list of merges in the package open_clip, which is not imported for it."""
    spec = find_spec("open_clip")
    if spec is None or not spec.submodule_search_locations:
        raise SettingsError(
            "release.tokenizers names clip, whose merges come with open_clip, which is not installed here; "
            "pip install 'interleaved-corpus[clip]', or --set release.tokenizers='[]'"
        )
    return Path(spec.submodule_search_locations[0], CLIP_MERGES)


def clip_merges() -> list[tuple[str, str]]:
    """Pairs of symbols, the first merged first; a line of the version stands before them."""
    lines = gzip.decompress(clip_file().read_bytes()).decode().split("\n")[1 : N_CLIP_MERGES + 1]
    pairs = (line.split() for line in lines)
    return [(left, right) for left, right in pairs]


def byte_symbols() -> list[str]:
    """A character that can be seen for every byte, as byte-level encodings write them, in the order of CLIP's
    vocabulary: bytes that can be seen stand for themselves, the others for characters from 256 on."""
    seen = [*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    n_others = 256 - len(seen)
    return [*map(chr, seen), *map(chr, range(256, 256 + n_others))]


def tokenizers_identity(given: Iterable[str]) -> str:
    """Hash of what the tokenizers are made of. SettingsError when one cannot be had, or two have one name."""
    named = list(given)
    names = [tokenizer_name(each) for each in named]
    if len(set(names)) < len(names):
        raise SettingsError(f"release.tokenizers names one twice: {', '.join(names)}")
    parts = []
    for each in named:
        token_counter(each)
        place = each.partition("=")[2]
        data = read_bytes(place) if place else clip_file().read_bytes()
        parts.append(f"{tokenizer_name(each)} {hashlib.sha256(data or b'').hexdigest()}")
    return " ".join(parts)
