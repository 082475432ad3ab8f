"""What a build still tells of a page or picture that was forgotten: when, by what kind of name, in how many rows.

Goes in: the folder of a build and a URL, domain, id or hash. Comes out: a line per request that named it; none
otherwise.
"""

from __future__ import annotations

from corpus.fetch.opt_outs import EXCLUSIONS, parse, read_exclusions
from corpus.storage import join, names_in, read_json

FOLDER = EXCLUSIONS.partition("/")[0]
KINDS = {"url-id": "URL", "domain-id": "domain", "sha256": "hash", "document-id": "id"}


def forgotten_lines(out: str, what: str) -> list[tuple[str, str]]:
    """(step, text) pairs, as a story of `corpus.look.explain` has them."""
    entries = (f"sha256:{what.lower()}", f"document-id:{what.lower()}", f"url-id:{what.lower()}")
    listed = read_exclusions(out)
    if not (listed.of_url(what) or any(map(listed.of_entry, entries))):
        return []
    lines = []
    for name in names_in(join(out, FOLDER)):
        if not name.endswith(".json"):
            continue
        audit = read_json(join(out, FOLDER, name))
        asked = parse("\n".join(audit["entries"]).encode(), name)
        if asked.of_url(what) or any(map(asked.of_entry, entries)):
            kinds = sorted({KINDS[entry.partition(":")[0]] for entry in audit["entries"]})
            ended = audit["finished"] or "not finished: run the same `corpus forget` again"
            told = f"{sum(audit['files'].values())} rows in {len(audit['files'])} files"
            lines.append(
                ("forgotten", f"{ended}, by {' and '.join(kinds)}, request {audit['request']}, {told}")
            )
    return lines or [("forgotten", "with what was asked for")]
