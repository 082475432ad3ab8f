"""Figures that a text refers to by number: "Figure 2.3", "Abb. 4", "図3".

Goes in: texts. Comes out: numbers, as written. The words are those for figure, picture, photograph, plate and chart
in languages whose pages number them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

WORDS = """
    fig figs figure figures figura figuras figuur figuren abb abbildung abbildungen bild bilder afb afbeelding image
    images imagen imagem immagine photo foto plate chart billede bilde kuva kuvio obr obrázek obrázok rys rysunek ryc
    slika рис рисунок рисунке рисунка мал малюнок фиг фигура εικόνα σχήμα şekil resim gambar hình شكل صورة תמונה איור
    चित्र চিত্র ภาพที่ รูปที่ 그림 図 圖 图
"""
FIGURES = frozenset(WORDS.split())
SPACELESS = ("図", "圖", "图", "ภาพที่", "รูปที่")
NUMBER = r"\d{1,3}(?:[.\-]\d{1,3}){0,2}"
AND = r"\s*(?:,|&|–|\b(?:and|und|et|y|e|en|och|og|i|и|و)\b|と|和)\s*"
NAMED = re.compile(
    rf"(?<![^\W\d_])([^\W\d_][^\s\d]{{0,30}}?)\.?\s?(?:no\.|nr\.|№)?\s?({NUMBER}(?:{AND}{NUMBER})*)(?!\d)",
    re.IGNORECASE,
)
HUNGARIAN = re.compile(rf"({NUMBER})\.\s(?:ábra|kép)")
NUMBERS = re.compile(NUMBER)


def citations(text: str) -> list[tuple[int, int, str]]:
    """Start, end and numbers of each place where the text names figures."""
    found = [
        (match.start(), match.end(), match[2])
        for match in NAMED.finditer(text)
        if match[1].casefold() in FIGURES or match[1].endswith(SPACELESS)
    ]
    return found + [(match.start(), match.end(), match[1]) for match in HUNGARIAN.finditer(text)]


def cited(text: str) -> frozenset[str]:
    """Numbers of the figures that the text names; of a range, its ends."""
    return frozenset(number for _, _, numbers in citations(text) for number in NUMBERS.findall(numbers))


def labels(captions: Sequence[str]) -> list[str]:
    """The number of each picture of a page, in page order, from what is written about it.

    It is the one with which a caption begins ("Figure 2.3: ..."). On a page where no caption begins so, pictures are
    counted from 1, as readers count them. A picture without a number among others with one gets "".
    """
    begun = [label_of(caption.lstrip(" ([*")) for caption in captions]
    return begun if any(begun) else [str(n) for n in range(1, len(captions) + 1)]


def label_of(caption: str) -> str:
    return next(
        (NUMBERS.findall(numbers)[0] for start, _, numbers in citations(caption[:60]) if start == 0), ""
    )
