"""The builds of one folder: the last finished one, those before it, and the one under way.

Goes in: an output folder. Comes out: what `build.json`, `builds/*.json` and `running.json` say. The same tables make
the same name in `builds`, so a build that only took in more files takes the place of its earlier self.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any

from corpus.config import digest
from corpus.errors import OutputError
from corpus.storage import is_local, join, locate, names_in, read_json, write_json

BUILD = "build.json"
BUILDS = "builds"
RUNNING = "running.json"

Told = dict[str, Any]


def name_of(build: Mapping[str, Any]) -> str:
    """The name of a build among those of its folder: the digest of the digests of its tables."""
    return digest(dict(build["digests"]))


def write_build(out: str, build: Mapping[str, Any]) -> None:
    """`build.json` and, before it, its copy that stays when a later build takes its place."""
    write_json(join(out, BUILDS, f"{name_of(build)}.json"), build)
    write_json(join(out, BUILD), build)


def begin_build(out: str, told: Mapping[str, Any], stage: str | None) -> Told:
    """Say in `running.json` what is being made, before anything of it is: digests of tables and of settings, and
    whether it is one stage alone. What it says."""
    digests = {"settings_digest": digest(told["settings"]), "begun": now()}
    running = {**told, **digests, "stage": stage, "finished": None}
    write_json(join(out, RUNNING), running)
    return running


@contextmanager
def alone_in(out: str) -> Iterator[None]:
    """Hold a local folder: two builds would take each other's unfinished files for those of a killed one. OutputError
    when another build holds it; whatever ends a process ends its hold."""
    if not is_local(out):
        yield
        return
    folder = os.open(locate(out)[1], os.O_RDONLY)
    try:
        with suppress(OSError):  # disks without locks hold nothing
            try:
                fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise OutputError(
                    f"another build is under way in {out}: run this one when it has ended, or choose another --out"
                ) from None
        yield
    finally:
        os.close(folder)


def leave_build(out: str, running: Mapping[str, Any]) -> None:
    """Say in `running.json` that the build failed or was stopped by hand, unless another one has begun meanwhile. A
    build that was killed does not say so."""
    if read_json(join(out, RUNNING)) == json.loads(json.dumps(running)):
        write_json(join(out, RUNNING), {**running, "left": now()})


def is_under_way(running: Mapping[str, Any]) -> bool:
    """Whether a build, as `running.json` tells of it, did not say that it ended."""
    return running["finished"] is None and "left" not in running


def end_build(out: str) -> None:
    """Say in `running.json` that it is finished; a build that failed or was killed does not say so."""
    told = read_json(join(out, RUNNING))
    write_json(join(out, RUNNING), {**told, "finished": now()})


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def finished_builds(out: str) -> dict[str, Told]:
    """Every finished build by name, the last one among them although it may be older than `builds`."""
    last = read_json(join(out, BUILD))
    found = {} if last is None else {name_of(last): last}
    for name in names_in(join(out, BUILDS)):
        if name.endswith(".json"):
            found.setdefault(name.removesuffix(".json"), read_json(join(out, BUILDS, name)))
    return found


def known_digests(out: str) -> list[Mapping[str, str]]:
    """The digests of the tables of every build of the folder, of the one under way too."""
    running = read_json(join(out, RUNNING))
    told = [*finished_builds(out).values(), *([running] if running else [])]
    return [build["digests"] for build in told]
