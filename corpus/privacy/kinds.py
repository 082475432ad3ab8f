"""What is replaced, by kind, in the order in which a stretch of text that could be two of them is given to one.

Goes in: a text and the regions whose phone numbers may be written without a country code. Comes out: spans by kind.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import partial

from corpus.privacy.accounts import cards, ibans
from corpus.privacy.addresses import emails, ip_addresses
from corpus.privacy.phones import phones
from corpus.privacy.secrets import secrets

Detector = Callable[[str], Iterator[tuple[int, int]]]

DETECTORS: Mapping[str, Detector] = {
    "secret": secrets,
    "email": emails,
    "iban": ibans,
    "card": cards,
    "ip": ip_addresses,
}
PHONE = "phone"


def find(text: str, kinds: Collection[str], regions: Collection[str] = ()) -> list[tuple[int, int, str]]:
    """(start, end, kind) of what is found, in order, none overlapping another. `kinds` are those of the setting
    `privacy.replace`, `regions` ISO 3166 codes."""
    detectors: dict[str, Detector] = {**DETECTORS, PHONE: partial(phones, regions=regions)}
    taken = bytearray(len(text))
    found: list[tuple[int, int, str]] = []
    for kind, detect in detectors.items():
        for start, end in detect(text) if kind in kinds else ():
            if not any(taken[start:end]):
                taken[start:end] = b"\1" * (end - start)
                found.append((start, end, kind))
    return sorted(found)
