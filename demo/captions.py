"""One sentence about a scene, or about nothing in particular, in five languages."""

import random
import re
from collections.abc import Callable

from demo.lexicon import LEXICONS
from demo.prose import NAMES, PROSE, TOWNS
from demo.scenes import Group, Scene

LANGUAGES = tuple(LEXICONS)

_Phrase = Callable[[Group, str, bool], str]
_EITHER = re.compile(r"\[([^|\]]*)\|([^\]]*)\]")
_ENGLISH_VOWELS = "aeiou"
_GERMAN_ARTICLES = {
    ("nom", "m"): ("ein", "der"),
    ("nom", "f"): ("eine", "die"),
    ("nom", "n"): ("ein", "das"),
    ("acc", "m"): ("einen", "den"),
    ("acc", "f"): ("eine", "die"),
    ("acc", "n"): ("ein", "das"),
    ("dat", "m"): ("einem", "dem"),
    ("dat", "f"): ("einer", "der"),
    ("dat", "n"): ("einem", "dem"),
}
_GERMAN_STRONG = {"m": "er", "f": "e", "n": "es"}  # adjective endings after "ein", which shows no gender
_ROMANCE_ARTICLES = {
    "es": {"m": ("un", "el", "los"), "f": ("una", "la", "las")},
    "fr": {"m": ("un", "le", "les"), "f": ("une", "la", "les")},
}
_CONTRACTIONS = {
    "es": ((" de el ", " del "), (" a el ", " al ")),
    "fr": ((" de un", " d'un"), (" de le ", " du "), (" de les ", " des ")),
}


def _english(group: Group, _case: str, definite: bool) -> str:
    words = LEXICONS["en"]
    singular, plural, _ = words.nouns[group.kind]
    colour = words.colours[group.colour][0]
    if group.count > 1:
        return f"{'the ' if definite else ''}{words.numbers[group.count - 1]} {colour} {plural}"
    indefinite = "an" if colour[0] in _ENGLISH_VOWELS else "a"
    return f"{'the' if definite else indefinite} {colour} {singular}"


def _german(group: Group, case: str, definite: bool) -> str:
    words = LEXICONS["de"]
    singular, plural, gender = words.nouns[group.kind]
    colour = words.colours[group.colour][0]
    if group.count == 1:
        article = _GERMAN_ARTICLES[case, gender][definite]
        oblique = case == "dat" or (case == "acc" and gender == "m")
        ending = "en" if oblique else "e" if definite else _GERMAN_STRONG[gender]
        return f"{article} {colour}{ending} {singular}"
    dative = case == "dat"
    noun = f"{plural}n" if dative and plural[-1] not in "ns" else plural
    ending = "en" if dative or definite else "e"
    article = ("den " if dative else "die ") if definite else ""
    return f"{article}{words.numbers[group.count - 1]} {colour}{ending} {noun}"


def _romance(language: str) -> _Phrase:
    def phrase(group: Group, _case: str, definite: bool) -> str:
        words = LEXICONS[language]
        singular, plural, gender = words.nouns[group.kind]
        one, the, the_many = _ROMANCE_ARTICLES[language][gender]
        several = group.count > 1
        colour = words.colours[group.colour][2 * several + (gender == "f")]
        if several:
            return f"{the_many + ' ' if definite else ''}{words.numbers[group.count - 1]} {plural} {colour}"
        # French elides the article before a vowel; no Spanish noun of the lexicon needs a change
        elided = language == "fr" and definite and singular[0] in "aeéiou"
        article = "l'" if elided else f"{the if definite else one} "
        return f"{article}{singular} {colour}"

    return phrase


def _chinese(group: Group, _case: str, definite: bool) -> str:
    words = LEXICONS["zh"]
    noun, _, measure = words.nouns[group.kind]
    number = words.numbers[group.count - 1]
    if definite:
        number = "那" if group.count == 1 else f"那{number}"
    return f"{number}{measure}{words.colours[group.colour][0]}的{noun}"


_PHRASES: dict[str, _Phrase] = {
    "en": _english,
    "de": _german,
    "es": _romance("es"),
    "fr": _romance("fr"),
    "zh": _chinese,
}


def _where(scene: Scene, language: str, rng: random.Random) -> str:
    """The relation to the other group, or the place in the picture."""
    words = LEXICONS[language]
    if scene.other is None or scene.relation is None:
        return words.places[scene.place or "middle"]
    other = _PHRASES[language](scene.other, "dat", rng.random() < 0.4)
    relation = words.relations[scene.relation]
    return f"{other}的{relation}" if language == "zh" else f"{relation} {other}"


def describe(scene: Scene, language: str, rng: random.Random) -> str:
    """One sentence that names everything in the scene; `language` is one of LANGUAGES."""
    words, phrase = LEXICONS[language], _PHRASES[language]
    slots = {
        "s": phrase(scene.subject, "nom", False),
        "a": phrase(scene.subject, "acc", False),
        "rel": _where(scene, language, rng),
        "bg": rng.choice(words.backgrounds[scene.background]),
    }
    pattern = _EITHER.sub(r"\1" if scene.subject.count == 1 else r"\2", rng.choice(words.patterns))
    sentence = pattern.format(**slots)
    for long, short in _CONTRACTIONS.get(language, ()):
        sentence = sentence.replace(long, short)
    return sentence[0].upper() + sentence[1:]


def filler(language: str, rng: random.Random) -> str:
    """One sentence of everyday prose that describes no picture."""
    sentence = rng.choice(PROSE[language])
    return sentence.format(
        name=rng.choice(NAMES[language]),
        town=rng.choice(TOWNS[language]),
        year=rng.randint(1820, 2024),
        n=rng.randint(2, 960),
    )
