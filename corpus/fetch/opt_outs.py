"""The list of those who opted out: images that are neither asked for nor kept.

Goes in: a text file with an entry a line, a domain (for its subdomains too), the beginning of a URL with its scheme, or
`sha256:` and the hash of a picture in hex; # begins a comment. Comes out: `OptOuts`, which tells the line that names
a URL or a picture.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from corpus.errors import OutputError, SettingsError
from corpus.storage import read_bytes
from corpus.urls import normalise, origin

HASH = re.compile(r"sha256:[0-9a-f]{64}")
NOT_IN_A_DOMAIN = re.compile(r"[\s/:@?*\\]")


@dataclass(frozen=True)
class OptOuts:
    """Line numbers by domain, by `sha256:...` and, per origin, by the beginning of a URL; `identity` is of the whole
    text, empty without one."""

    place: str = ""
    identity: str = ""
    domains: Mapping[str, int] = field(default_factory=dict)
    hashes: Mapping[str, int] = field(default_factory=dict)
    beginnings: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    def of_url(self, url: str) -> str | None:
        """The place and line that opt a URL out, None when none does."""
        normal = normalise(url) if self.domains or self.beginnings else None
        if normal is None:
            return None
        labels = (urlsplit(normal).hostname or "").rstrip(".").split(".")
        suffixes = (".".join(labels[start:]) for start in range(len(labels)))
        lines = [self.domains[suffix] for suffix in suffixes if suffix in self.domains]
        beginnings = self.beginnings.get(origin(normal), {})
        lines += [line for beginning, line in beginnings.items() if normal.startswith(beginning)]
        return f"{self.place}, line {min(lines)}" if lines else None

    def of_content(self, content_hash: str) -> str | None:
        """The place and line that opt out the bytes with this sha256 in hex, None when none does."""
        line = self.hashes.get(f"sha256:{content_hash}")
        return None if line is None else f"{self.place}, line {line}"


def read_opt_outs(uri: str | None) -> OptOuts:
    """The list at a path or URI, an empty one without any. Raises SettingsError when it, or a line, cannot be read."""
    if uri is None:
        return OptOuts()
    try:
        data = read_bytes(uri)
    except (OSError, OutputError) as error:
        raise SettingsError(f"fetch.opt_outs: cannot read {uri}: {error}") from None
    if data is None:
        raise SettingsError(f"fetch.opt_outs: there is no file {uri}; give the path or URI of the list")
    return parse(data, uri)


def parse(data: bytes, place: str) -> OptOuts:
    """The entries of a list. Raises SettingsError for a line that is none."""
    domains: dict[str, int] = {}
    hashes: dict[str, int] = {}
    beginnings: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for number, line in enumerate(data.removeprefix(b"\xef\xbb\xbf").splitlines(), start=1):
        written = line.decode("utf-8", "replace").partition("#")[0].strip()
        if not written:
            continue
        if HASH.fullmatch(written.lower()):
            hashes.setdefault(written.lower(), number)
        elif "://" in written and (url := normalise(written)):
            beginnings[origin(url)].setdefault(url, number)
        elif host := domain(written):
            domains.setdefault(host, number)
        else:
            raise SettingsError(
                f"fetch.opt_outs: {place}, line {number}: {written!r} is neither a domain, nor the beginning of an "
                "http or https URL, nor sha256: and 64 hex digits; correct the line or put # before it"
            )
    return OptOuts(place, hashlib.sha256(data).hexdigest()[:16], domains, hashes, dict(beginnings))


def domain(written: str) -> str | None:
    """A domain as it stands in normal URLs, None when the text is none."""
    if NOT_IN_A_DOMAIN.search(written) or "\ufffd" in written:
        return None
    host = (urlsplit(normalise(f"http://{written}/") or "").hostname or "").rstrip(".")
    return host if all(host.split(".")) else None
