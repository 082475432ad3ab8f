"""Sentences: from the lines of a page to its sentences, by the rules of the language.

Goes in: a line of text and its language. Comes out: its sentences, white space folded. Boundaries are those
of sentencex, which knows some 300 languages, scripts without spaces among them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import sentencex

MAX_LINES = 20
MAX_LINE_BYTES = 40
MAX_LINE_CHARACTERS = 200


@lru_cache(maxsize=1)
def language_identifier() -> Any:
    """The model of py3langid, loaded once per process, for the languages that ISO 639-1 names."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages([code for code in identifier.labels if len(code) == 2])
    return identifier


def identify_language(lines: Sequence[str]) -> tuple[str, float]:
    """ISO 639-1 code of the language that most of the lines speak, and its probability, 0 to 1.

    Each line votes with its probabilities, weighted by its length up to 40 bytes, so that one long English notice
    does not outvote a story told in short sentences.
    """
    votes: defaultdict[str, float] = defaultdict(float)
    weights = 0
    step = max(1, len(lines) // MAX_LINES)
    for line in lines[::step][:MAX_LINES]:
        weight = min(MAX_LINE_BYTES, len(line.encode("utf-8", "replace")))
        weights += weight
        for code, probability in language_identifier().rank(line[:MAX_LINE_CHARACTERS]):
            votes[code] += weight * float(probability)
    code, vote = max(votes.items(), key=lambda item: (item[1], item[0]))
    return code, vote / weights


def split_sentences(line: str, language: str) -> list[str]:
    """The sentences of a line, none without a letter or digit.

    A piece of digits alone (`6.` before a title) opens the sentence after it; one of punctuation alone
    closes the sentence before it.
    """
    sentences: list[str] = []
    opening = ""
    for piece in (piece.strip() for piece in sentencex.segment(language, " ".join(line.split()))):
        if any(map(str.isalpha, piece)):
            sentences.append(f"{opening} {piece}".lstrip())
            opening = ""
        elif any(map(str.isalnum, piece)):
            opening = f"{opening} {piece}".lstrip()
        elif piece and opening:
            opening = f"{opening} {piece}"
        elif piece and sentences:
            sentences[-1] = f"{sentences[-1]} {piece}"
    if opening and sentences:
        sentences[-1] = f"{sentences[-1]} {opening}"
    return sentences or ([opening] if opening else [])
