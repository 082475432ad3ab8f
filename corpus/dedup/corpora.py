"""Corpora built before, against which a new one is deduplicated.

Goes in: the folders in `dedup.against`. Comes out: where their signatures and decisions lie, and an identity that
changes when they do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from corpus.catalog import Catalog
from corpus.config import Settings, digest
from corpus.entry import Entry
from corpus.errors import InputError, SettingsError
from corpus.history import BUILD
from corpus.manifest import chunk_folder, shaping
from corpus.storage import join, read_json
from corpus.tables.pages import PAGE_SIGNATURES

NEEDED = ("page_signatures", "document_decisions")


@dataclass(frozen=True)
class Corpus:
    """A finished build: its folder, URIs of the parts of the tables that are needed, and what they hold."""

    out: str
    parts: Mapping[str, tuple[str, ...]]
    identity: str


def identity_of_corpora(settings: Settings) -> str:
    """Empty without any; InputError and SettingsError as `read_corpus`."""
    identities = [read_corpus(out, settings).identity for out in settings.dedup.against]
    return digest(identities) if identities else ""


def read_corpus(out: str, settings: Settings) -> Corpus:
    """What is needed of the build in `out`. InputError when it is not finished, or was built before signatures were
    kept; SettingsError when its signatures were made in another way and compare with nothing."""
    build = read_json(join(out, BUILD))
    if build is None:
        raise InputError(
            f"dedup.against names {out}, which holds no build.json: give folders of finished builds"
        )
    parts, fingerprints = {}, []
    for table in NEEDED:
        found = entries(out, table, build)
        if found is None:
            raise InputError(
                f"dedup.against names {out}, which lacks {table}: build it again with this version"
            )
        parts[table] = tuple(
            join(chunk_folder(out, table, each.digest, each.chunk), name)
            for each in found
            for name in each.names
        )
        fingerprints += [each.fingerprint for each in found]
        if table == PAGE_SIGNATURES.name:
            check_settings(out, found, settings)
    return Corpus(out, parts, digest(fingerprints))


def entries(out: str, table: str, build: Mapping[str, Any]) -> list[Entry] | None:
    """What is known of the chunks of a table of a finished build; None when it has no such table."""
    if table not in build["digests"]:
        return None
    found = list(Catalog().each((out, table, build["digests"][table]), build["chunks"]))
    return found if len(found) == len(build["chunks"]) else None


def check_settings(out: str, found: list[Entry], settings: Settings) -> None:
    wanted = shaping(PAGE_SIGNATURES, settings)
    for each in found:
        differing = [key for key in wanted if each.settings.get(key) != wanted[key]]
        if differing:
            raise SettingsError(
                f"the signatures in {out} were made with {differing[0]} = {each.settings.get(differing[0])}, here it "
                f"is {wanted[differing[0]]}, so they do not compare; give the same value"
            )
