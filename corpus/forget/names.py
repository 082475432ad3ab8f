"""What is to be forgotten, as its owners name it.

Goes in: files with one URL, domain, sha256 or document_id a line. Comes out: entries for the list of exclusions, in
hashes that tell no name.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from corpus.errors import InputError, OutputError
from corpus.fetch.opt_outs import domain, domain_entry
from corpus.storage import read_bytes
from corpus.urls import image_url_id, normalise


def url_of(line: str) -> str | None:
    return f"url-id:{image_url_id(line)}" if normalise(line) else None


def domain_of(line: str) -> str | None:
    host = domain(line)
    return domain_entry(host) if host else None


def hash_of(line: str) -> str | None:
    written = line.lower().removeprefix("sha256:")
    return f"sha256:{written}" if re.fullmatch(r"[0-9a-f]{64}", written) else None


def document_of(line: str) -> str | None:
    return f"document-id:{line.lower()}" if re.fullmatch(r"[0-9a-fA-F]{32}", line) else None


KINDS: dict[str, tuple[Callable[[str], str | None], str]] = {
    "url": (url_of, "an http or https URL"),
    "domain": (domain_of, "a domain"),
    "hash": (hash_of, "the sha256 of a picture in hex"),
    "document": (document_of, "a document_id"),
}


def read_entries(kind: str, uri: str) -> list[str]:
    """The entries that a file of one kind of name means; blank lines and those that begin with # mean none. InputError
    when it, or a line, cannot be read: nothing is forgotten then."""
    wanted = f"give the path or URI of a file with one {kind} a line"
    try:
        data = read_bytes(uri)
    except (OSError, OutputError) as error:
        raise InputError(f"cannot read {uri}: {error}; {wanted}") from None
    if data is None:
        raise InputError(f"there is no file {uri}; {wanted}")
    entry_of, meaning = KINDS[kind]
    entries = []
    for number, line in enumerate(data.removeprefix(b"\xef\xbb\xbf").splitlines(), start=1):
        written = line.decode("utf-8", "replace").strip()
        if not written or written.startswith("#"):
            continue
        entry = entry_of(written)
        if entry is None:
            raise InputError(f"{uri}, line {number}: {written!r} is not {meaning}; nothing was forgotten")
        entries.append(entry)
    return entries
