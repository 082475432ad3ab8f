"""The list of those who opted out: images that are neither asked for nor kept.

Goes in: a text file with an entry a line, a domain (for its subdomains too), the beginning of a URL with its scheme, or
`sha256:` and the hash of a picture in hex; # begins a comment. `corpus forget` writes the same without telling names:
`url-id:`, `domain-id:` and `document-id:` with the hash of a whole URL, a domain, a page. Comes out: `OptOuts`, which
tells the line that names a URL, a picture or a page.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from corpus.config import Settings
from corpus.errors import OutputError, SettingsError
from corpus.storage import join, read_bytes
from corpus.urls import hash_parts, image_url_id, normalise, origin

EXCLUSIONS = "forgotten/exclusions.txt"
"""In a build, the list of what was forgotten: later builds into the same folder keep it out."""
HASH = re.compile(r"sha256:[0-9a-f]{64}|(url|domain|document)-id:[0-9a-f]{32}")
NOT_IN_A_DOMAIN = re.compile(r"[\s/:@?*\\]")


@dataclass(frozen=True)
class OptOuts:
    """Line numbers by domain, by hash (`sha256:...`, `url-id:...` and the like) and, per origin, by the beginning of a
    URL; `identity` is of the whole text, empty without one. `also` is another list that holds too."""

    place: str = ""
    identity: str = ""
    domains: Mapping[str, int] = field(default_factory=dict)
    hashes: Mapping[str, int] = field(default_factory=dict)
    beginnings: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    also: OptOuts | None = None

    def of_url(self, url: str) -> str | None:
        """The place and line that opt a URL out, None when none does."""
        return self.of_own(url) or (self.also.of_url(url) if self.also else None)

    def of_own(self, url: str) -> str | None:
        normal = normalise(url) if self.domains or self.beginnings or self.hashes else None
        if normal is None:
            return None
        labels = (urlsplit(normal).hostname or "").rstrip(".").split(".")
        suffixes = [".".join(labels[start:]) for start in range(len(labels))]
        lines = [self.domains[suffix] for suffix in suffixes if suffix in self.domains]
        if self.hashes:
            named = [f"url-id:{image_url_id(url)}", *map(domain_entry, suffixes)]
            lines += [self.hashes[entry] for entry in named if entry in self.hashes]
        beginnings = self.beginnings.get(origin(normal), {})
        lines += [line for beginning, line in beginnings.items() if normal.startswith(beginning)]
        return f"{self.place}, line {min(lines)}" if lines else None

    def of_content(self, content_hash: str) -> str | None:
        """The place and line that opt out the bytes with this sha256 in hex, None when none does."""
        return self.of_entry(f"sha256:{content_hash}")

    def of_entry(self, entry: str) -> str | None:
        """The place and line of an entry of hashes, None when it has none."""
        line = self.hashes.get(entry)
        if line is None:
            return self.also.of_entry(entry) if self.also else None
        return f"{self.place}, line {line}"


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


def read_exclusions(out: str) -> OptOuts:
    """What was forgotten of the build in a folder; nothing in most."""
    uri = join(out, EXCLUSIONS)
    data = read_bytes(uri)
    return OptOuts() if data is None else parse(data, uri)


def opt_outs_of(settings: Settings) -> OptOuts:
    """The list that the settings name, and what was forgotten of the build that they make."""
    exclusions = read_exclusions(settings.places.out)
    return replace(read_opt_outs(settings.fetch.opt_outs), also=exclusions if exclusions.hashes else None)


def domain_entry(host: str) -> str:
    return f"domain-id:{hash_parts(host)}"


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
