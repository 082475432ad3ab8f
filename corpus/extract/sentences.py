"""Sentences: from the lines of a page to its sentences, by the rules of the language.

Goes in: a line of text and its language. Comes out: its sentences, white space folded. Boundaries are those
of sentencex, which knows some 300 languages, scripts without spaces among them, mended by rules about scripts and
punctuation where tests/unit/test_sentences_table.py found it wrong.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import accumulate, pairwise

import sentencex

NEAR_CHARACTERS = 60
MIN_PHRASE_CHARACTERS = 40
OPENERS = "「『【（《〈“«([{"
CLOSERS = "」』】）》〉”»)]}’"
STRAIGHT = "\"'"
STOPS = "。｡！？।॥۔។៕"
STOP = re.compile(f"[{STOPS}]")
STOP_OR_BRACKET = re.compile(f'[{re.escape(OPENERS + CLOSERS)}"{STOPS}]')
STOPPED = re.compile(f'[{STOPS}][{re.escape(CLOSERS)}"]*$')
NO_STARTS = tuple(f'{CLOSERS}{STOPS}"、，,.!?…—–~～')
PARTICLES = tuple("とっはがをのにでへ、，")
WORD = re.compile(r"(?!www\.|\w+://)[^\W\d_]+")
UNBROKEN = re.compile(rf"[^\s.\"'{re.escape(OPENERS + CLOSERS + STOPS)}]+")
# Shorter than most words that end sentences: where somebody forgets a capital, a longer one ends his all the same.
SHORT_WORD = re.compile(r"\b(?:[^\W\d_]{1,3}|\d{1,4})\.$")
SHORT_CHARACTERS = 6  # its longest match, and what stands before
LETTER_ALONE = re.compile(r"[\u0530-\u10ff]")
THAI_BLANK = re.compile(
    r"(?<=[\u0e01-\u0e4e\u0e81-\u0ece]) +(?=[\u0e01-\u0e30\u0e40-\u0e44\u0e81-\u0eb0\u0ec0-\u0ec4])"
)
# Nothing else ends a sentence, in two languages but for colons: most of what pages say is without.
MAY_END = re.compile(r"[^\w ,:;'’\"“”()\[\]/&@#*+=%$€|<>«»·•…©°–—-]")
MAY_END_AT_COLONS = re.compile(r"[^\w ,'’()/&-]")
COLONS_END = ("el", "hy")
LAST_ENDS = (".", "!", "?")
THAI_OR_LAO = re.compile(r"[\u0e00-\u0eff]")
BRACKETED = re.compile(r"\([^()\s]+ [^()]*[.!?]\) ")
NOUNS_IN_CAPITALS = ("de", "lb")
# A name follows a title, so no sentence ends with one; these are missing in the lists of sentencex.
TITLES = {
    "fr": ("M", "MM"),
    "hi": ("डॉ", "प्रो", "पं"),
    "mr": ("डॉ", "प्रो", "पं"),
    "ne": ("डा", "डॉ", "प्रो"),
    "bn": ("ডা", "মো", "অধ্যা"),
    "vi": ("TS", "ThS", "GS", "PGS", "BS"),
}


def split_sentences(line: str, language: str) -> list[str]:
    """The sentences of a line, none without a letter or digit.

    A piece of digits alone (`6.` before a title) opens the sentence after it; one of punctuation alone
    closes the sentence before it, or opens the first.
    """
    sentences: list[str] = []
    opening = ""
    pieces = pieces_of(" ".join(line.split()), language)
    if len(pieces) == 1:
        return pieces if any(map(str.isalnum, pieces[0])) else []
    for piece in pieces:
        if any(map(str.isalpha, piece)):
            sentences.append(f"{opening} {piece}".lstrip())
            opening = ""
        elif any(map(str.isalnum, piece)) or opening or not sentences:
            opening = f"{opening} {piece}".strip()
        else:
            sentences[-1] = f"{sentences[-1]} {piece}".rstrip()
    if opening and sentences:
        sentences[-1] = f"{sentences[-1]} {opening}"
    return sentences or ([opening] if any(map(str.isalnum, opening)) else [])


def pieces_of(text: str, language: str) -> list[str]:
    """The text cut where sentencex ends a sentence and no rule of `ends_sentence` speaks against it, and where
    `missed_ends` finds that it should have been cut."""
    if is_whole(text, language):
        return [text]
    found = {past_closers(text, end) for end in accumulate(map(len, sentencex.segment(language, text)))}
    found |= missed_ends(text)
    found.discard(len(text))
    has_case = has_cased_letter(text[:NEAR_CHARACTERS]) or has_cased_letter(text)  # most scripts have none
    has_capitals = has_case and next((each.isupper() for each in text if each.lower() != each.upper()), False)
    cuts = [cut for cut in sorted(found) if ends_sentence(text, cut, language, has_capitals)]
    cuts = sorted({*cuts, *bracketed_ends(text, cuts), *phrase_ends(text, cuts)})
    return [text[start:end].strip() for start, end in pairwise([0, *cuts, len(text)])]


def has_cased_letter(text: str) -> bool:
    return text.lower() != text.upper()


def is_whole(text: str, language: str) -> bool:
    """Whether nothing before its last character ends a sentence or, as a blank does in Thai and Lao, a phrase."""
    mark = (MAY_END_AT_COLONS if language in COLONS_END else MAY_END).search(text)
    if mark is not None and (mark.end() < len(text) or mark[0] not in LAST_ENDS):
        return False
    return THAI_OR_LAO.search(text) is None


def past_closers(text: str, cut: int) -> int:
    """The cut moved behind brackets and quotes that close, where sentencex leaves them to the next sentence; and before
    a quote that stands right before a word ('s Avonds), where it gives it to the sentence before."""
    if text[cut - 2 : cut] in (" '", ' "') and text[cut : cut + 1].isalpha():
        return cut - 1
    while cut < len(text) and text[cut] in CLOSERS and not text[cut - 1].isspace():
        cut += 1
    return cut


def missed_ends(text: str) -> set[int]:
    """Cuts behind full stops of scripts where they mean nothing else, unless within quotes or brackets: sentencex
    misses them before digits and Latin letters, after brackets, and does not know those of Khmer."""
    ends: set[int] = set()
    if STOP.search(text) is None:
        return ends
    depth, at = 0, 0
    for mark in STOP_OR_BRACKET.finditer(text):
        at = mark.end()
        if mark[0] in OPENERS:
            depth += 1
        elif mark[0] in CLOSERS:
            depth = max(0, depth - 1)
        elif mark[0] == '"':
            depth += -1 if depth else 1
        if depth == 0 and STOPPED.search(text[max(0, at - 8) : at]) and text[at : at + 1] not in NO_STARTS:
            ends.add(at)
    return ends


def ends_sentence(text: str, cut: int, language: str, has_capitals: bool) -> bool:
    """Whether the sentence may end at this cut."""
    head = text[max(0, cut - NEAR_CHARACTERS) : cut].rstrip()
    after = text[cut : cut + NEAR_CHARACTERS]
    bare = head.rstrip(CLOSERS + STRAIGHT + " ")
    is_closed = len(bare) < len(head)
    if is_closed and after.startswith(PARTICLES):
        return False  # 「はい。」と言った: a particle makes the quote a part of the sentence around it
    if has_capitals and (is_closed or SHORT_WORD.search(bare[-SHORT_CHARACTERS:])):
        first = WORD.match(after.lstrip())
        if first and first[0].islower():
            return False  # who begins with a capital begins every sentence with one; a name like iPhone counts as one
    if not bare.endswith("."):
        return True
    is_spaced = text[cut - 1].isspace() or after[:1].isspace()
    return not (
        is_abbreviated(bare, after.lstrip(), language) or (not is_spaced and is_inner(bare, after, is_closed))
    )


def is_abbreviated(bare: str, after: str, language: str) -> bool:
    """Whether the full stop that `bare` ends with shortens the word before it, or makes a number an ordinal."""
    word = word_before_stop(bare)
    if word in TITLES.get(language, ()):
        return True
    if language in NOUNS_IN_CAPITALS and word.isdecimal() and len(word) <= 2:
        return True  # der 2. Weltkrieg: elsewhere a capital after the number says that a sentence begins
    if len(word) == 1 and word.islower():
        return after[:1].isdecimal()  # n. 5
    # A letter without case that is no word: of the Far East, where a character is one, none is shortened so.
    return len(word) == 1 and LETTER_ALONE.fullmatch(word) is not None


def word_before_stop(bare: str) -> str:
    """The word before the full stop that `bare` ends with, "" without any; read from its end, since a search from the
    beginning would try each word."""
    backward = UNBROKEN.match(bare[-2::-1])
    return backward[0][::-1] if backward else ""


def is_inner(bare: str, after: str, is_closed: bool) -> bool:
    """Whether a full stop without white space after it stands within a number, an abbreviation (U.S.A., พ.ศ.), or
    closes a quote that goes on as a word of the sentence around it, as in Korean."""
    before, following = bare[-2:-1], after[:1]
    if is_closed:
        return following.isalpha() and not following.isupper()
    if before.isdecimal() or following.isdecimal():
        return before.isdecimal() and following.isdecimal()
    return len(word_before_stop(bare)) == 1


def bracketed_ends(text: str, cuts: Sequence[int]) -> set[int]:
    """Cuts behind whole sentences in brackets, of several words: (It rained.) Then it stopped."""
    if ") " not in text:
        return set()
    found = (BRACKETED.match(text, start) for start in [0, *cuts])
    return {match.end() for match in found if match and text[match.end() : match.end() + 1].isupper()}


def phrase_ends(text: str, cuts: Sequence[int]) -> set[int]:
    """Cuts at blanks between Thai or Lao words, which have no full stops and set blanks between phrases and sentences
    alike: at the first that leaves at least 40 characters on either side, so that no phrase of some words is torn."""
    ends: set[int] = set()
    if THAI_OR_LAO.search(text) is None:
        return ends
    for start, end in pairwise([0, *cuts, len(text)]):
        for blank in THAI_BLANK.finditer(text, start, end):
            if blank.start() - start >= MIN_PHRASE_CHARACTERS <= end - blank.end():
                ends.add(blank.end())
                start = blank.end()
    return ends
