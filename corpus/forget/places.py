"""Builds and releases told apart.

Goes in: a place, all places of the command, entries. Comes out: the note on what was forgotten there.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from corpus.errors import InputError
from corpus.fetch.opt_outs import read_exclusions
from corpus.forget.audit import Audit
from corpus.forget.build import Say, forget_in_build
from corpus.forget.release import forget_in_release
from corpus.history import RUNNING, is_under_way
from corpus.plan import read_plan
from corpus.release.manifest import find_release_manifest
from corpus.storage import join, read_json


def refuse_build_under_way(place: str) -> None:
    """InputError when a build began there and did not say that it ended: what it writes would not be looked at, and
    what it is writing would be removed."""
    running = read_json(join(place, RUNNING))
    if running is not None and is_under_way(running):
        raise InputError(
            f"a build of {place} began at {running['begun']} and did not say that it ended: wait for it, or, if it "
            "was killed, give --stopped"
        )


def forget(place: str, places: Sequence[str], entries: Collection[str], say: Say) -> Audit:
    """Forget in one place. In a release also what builds among the places exclude: a build knows by which URLs a
    picture was shown, a release only those of its rows. InputError when the place is neither."""
    if read_plan(place):
        return forget_in_build(place, entries, say)
    if find_release_manifest(place) is None:
        raise InputError(f"{place} is neither a build (plan.json) nor a release (manifest.json)")
    excluded = [entry for other in places for entry in read_exclusions(other).hashes]
    return forget_in_release(place, entries, excluded, say)
