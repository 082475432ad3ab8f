"""Sentences: from the lines of a page to its sentences, by the rules of the language.

Goes in: a line of text and its language. Comes out: its sentences, white space folded. Boundaries are those of
sentencex, which knows some 300 languages, scripts without spaces among them.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import sentencex

LANGUAGE_SAMPLE_CHARACTERS = 4_000


@lru_cache(maxsize=1)
def language_identifier() -> Any:
    """The model of py3langid, loaded once per process; its probabilities sum to 1."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def identify_language(text: str) -> tuple[str, float]:
    """ISO 639-1 code of the language of the text and its probability, 0 to 1."""
    code, probability = language_identifier().classify(text[:LANGUAGE_SAMPLE_CHARACTERS])
    return str(code), float(probability)


def split_sentences(line: str, language: str) -> list[str]:
    """The sentences of a line, none without a letter or digit.

    A piece of digits alone (`6.` before a title) opens the sentence after it; one of punctuation alone closes the
    sentence before it.
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
