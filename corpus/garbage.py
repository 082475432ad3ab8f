"""Tables that no build of a folder names.

Goes in: an output folder. Comes out: what of its tables no finished build and none under way needs, by bytes; and, when
told so, their end. Tables of earlier settings spare requests and embeddings when settings come back, so nothing goes
unasked.
"""

from __future__ import annotations

from collections.abc import Collection

from corpus.errors import InputError
from corpus.history import BUILD, BUILDS, RUNNING, finished_builds, name_of
from corpus.storage import files_under, join, names_in, read_json, remove_file, remove_folder

Unnamed = tuple[str, str, int]
"""Table, digest, bytes."""


def unnamed_tables(out: str, unwanted: Collection[str] = ()) -> list[Unnamed]:
    """The tables that go, when the builds `unwanted` are let go too. InputError when nothing tells what is needed, and
    for an unwanted build that is not known, or is the last one or the one begun last."""
    builds = finished_builds(out)
    last, running = read_json(join(out, BUILD)), read_json(join(out, RUNNING))
    told = [each for each in (last, running) if each is not None]
    if not told:
        raise InputError(f"{out} has neither {BUILD} nor {RUNNING}: nothing tells which tables are needed")
    for name in unwanted:
        if name not in builds:
            raise InputError(f"{out} has no build {name}; it has {', '.join(sorted(builds)) or 'none'}")
        if name in {name_of(each) for each in told}:
            raise InputError(f"{name} is the last build of {out}, or the one begun last; it stays")
    kept = [*told, *(build for name, build in builds.items() if name not in unwanted)]
    needed = {(table, digest) for build in kept for table, digest in build["digests"].items()}
    return [
        (table, digest, sum(files_under(join(out, "tables", table, digest)).values()))
        for table in names_in(join(out, "tables"))
        for digest in names_in(join(out, "tables", table))
        if (table, digest) not in needed
    ]


def collect(out: str, tables: Collection[Unnamed], unwanted: Collection[str] = ()) -> None:
    """Remove the notes of the unwanted builds, then the tables."""
    for name in unwanted:
        remove_file(join(out, BUILDS, f"{name}.json"))
    for table, digest, _ in tables:
        remove_folder(join(out, "tables", table, digest))
