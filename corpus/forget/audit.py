"""What is told of forgetting: that it was asked for, when, by which kinds of names, and where how many rows changed.

Goes in: entries of the list of exclusions. Comes out: `forgotten/REQUEST.json` in a build, entries in `forgotten.json`
of a release. Names stand in them as hashes alone.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from corpus import __version__
from corpus.config import digest
from corpus.fetch.opt_outs import EXCLUSIONS, OptOuts, read_exclusions
from corpus.history import now
from corpus.storage import join, read_json, write_bytes, write_json

FOLDER = EXCLUSIONS.partition("/")[0]
HEAD = b"# What was forgotten, in hashes; made by corpus forget. Builds into this folder keep it out; give it as\n"
HEAD += b"# fetch.opt_outs to keep its pictures out of other builds.\n"

Audit = dict[str, Any]


def request_of(entries: Collection[str]) -> str:
    """The identity of a request: the same names make the same, so that a killed one is gone on with."""
    return digest(sorted(set(entries)))


def begun(entries: Collection[str]) -> Audit:
    """The note on a request that is not finished."""
    return {
        "request": request_of(entries),
        "version": __version__,
        "begun": now(),
        "finished": None,
        "entries": sorted(set(entries)),
        "pages": 0,
        "pictures": 0,
        "files": {},
    }


def audit_uri(out: str, request: str) -> str:
    return join(out, FOLDER, f"{request}.json")


def begin(out: str, entries: Collection[str]) -> Audit:
    """The note on a request in a build: as an earlier run left it, else a new one, which is written."""
    known: Audit | None = read_json(audit_uri(out, request_of(entries)))
    if known is None:
        known = begun(entries)
        write_json(audit_uri(out, known["request"]), known)
    return known


def counted(out: str, audit: Audit, found: Mapping[str, int]) -> Audit:
    """The note with what is about to go, written before it does: of a request that was killed some of it is gone."""
    done = audit | {name: max(audit[name], n) for name, n in found.items()}
    write_json(audit_uri(out, audit["request"]), done)
    return done


def finish(out: str, audit: Audit, files: Mapping[str, int]) -> Audit:
    """The note with the rows changed in each file; what an earlier run of the same request told is kept."""
    done = audit | {"finished": now(), "files": {**audit["files"], **files}}
    write_json(audit_uri(out, audit["request"]), done)
    return done


def exclude(out: str, entries: Collection[str]) -> OptOuts:
    """Add to the list of exclusions of a build; the list. It is written before any row changes, so that no build brings
    back what is being forgotten."""
    known = read_exclusions(out)
    every = sorted({*known.hashes, *entries})
    if every != sorted(known.hashes):
        write_bytes(join(out, EXCLUSIONS), HEAD + "".join(f"{entry}\n" for entry in every).encode())
    return read_exclusions(out)
