"""Where WARC files are: from what a user writes to addresses, from an address to a stream.

Goes in: paths, folders, globs, https://, s3://, gs:// and hdfs:// addresses, listings of paths, indexes. Comes out:
sorted, distinct addresses, and for each a binary stream. Listings are as Common Crawl's `warc.paths.gz`: one path a
line, `crawl-data/...` meaning a file of its bucket. An index, `index.parquet`, stands for the addresses
`index.parquet#name` of the WARC files that it names: the selected records of each; a WACZ file for those in it.
"""

from __future__ import annotations

import glob
import gzip
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urljoin

from corpus.errors import InputError
from corpus.storage import join
from corpus.warc import index, wacz
from corpus.warc.remote import STORED, open_remote, s3_matches, stored_matches

COMMON_CRAWL = "https://data.commoncrawl.org/"
LISTING_ENDINGS = (".paths", ".paths.gz", ".txt", ".txt.gz")
ARCHIVE_ENDINGS = (".warc", ".warc.gz", ".arc", ".arc.gz", wacz.ENDING)
GLOB_CHARACTERS = "*?["
BEGINNING_BYTES = 2**16


def expand_inputs(inputs: Sequence[str]) -> list[str]:
    """Sorted, distinct addresses of WARC files. Raises InputError when an input names nothing, or two the same."""
    if not inputs:
        raise InputError("no WARC file given: name files, folders, globs, addresses or listings of paths")
    found = {address for given in inputs for address in expand_input(given)}
    addresses = sorted({each for address in found for each in within(address)})
    by_file: dict[str, str] = {}
    for address in addresses if any(map(is_selection, addresses)) else []:
        other = by_file.setdefault(warc_of(address), address)
        if other != address:
            raise InputError(
                f"{warc_of(address)} is named twice, by {other} and by {address}; give one of them"
            )
    return addresses


def within(address: str) -> list[str]:
    """The address; of an index, those of the WARC files that it names; of a WACZ file, those of the files in it."""
    if address.endswith(wacz.ENDING):
        return wacz.members_of(address)
    if not address.endswith(index.ENDING):
        return [address]
    return [f"{address}#{name}" for name in index.names_in(address)]


def is_selection(address: str) -> bool:
    """Whether the address means selected records of a WARC file."""
    return f"{index.ENDING}#" in address


def index_and_name(address: str) -> tuple[str, str]:
    """The index of a selection, and the WARC file as it is named there."""
    before, _, name = address.partition(f"{index.ENDING}#")
    return before + index.ENDING, name


def warc_of(address: str) -> str:
    """The address of the WARC file itself, resolved as the lines of a listing are."""
    return listed(*index_and_name(address)) if is_selection(address) else address


def refuse_copies(addresses: Sequence[str]) -> None:
    """InputError when two files have the same name and begin with the same bytes: the pages of a copy would have the
    identities of the first file's, and their rows could not be told apart."""
    by_name: dict[str, list[str]] = {}
    for address in addresses:
        by_name.setdefault(address.rpartition("/")[2], []).append(address)
    for same_name in by_name.values():
        beginnings: dict[bytes, str] = {}
        for address in map(warc_of, same_name if len(same_name) > 1 else []):
            try:
                with open_warc(address) as stream:
                    beginning = stream.read(BEGINNING_BYTES)
            except OSError:  # a file that cannot be read becomes an outcome later
                continue
            if beginning and beginning in beginnings:
                raise InputError(f"{address} is a copy of {beginnings[beginning]}; give one of them")
            beginnings[beginning] = address


def expand_input(given: str) -> list[str]:
    """The addresses that one input names, at least one."""
    if is_remote(given):
        found = expand_remote(given)
    elif Path(given).is_dir():
        files = (path for path in Path(given).iterdir() if path.is_file())
        found = [str(path) for path in files if path.name.lower().endswith(ARCHIVE_ENDINGS)]
        if not found:
            raise InputError(f"no file in folder {given} ends in .warc, .warc.gz, .arc, .arc.gz or .wacz")
    elif Path(given).is_file():
        found = read_listing(given) if given.endswith(LISTING_ENDINGS) else [given]
    elif any(character in given for character in GLOB_CHARACTERS):
        found = [path for path in glob.glob(given, recursive=True) if Path(path).is_file()]
    else:
        raise InputError(f"no such WARC file: {given}")
    if not found:
        raise InputError(f"nothing matches {given}")
    return found


def is_remote(address: str) -> bool:
    """Whether the address names something that is not a local path."""
    return "://" in address


def is_on_web(address: str) -> bool:
    return address.startswith(("http://", "https://"))


def expand_remote(given: str) -> list[str]:
    """The addresses that an input on a web server or in a store names."""
    on_web = is_on_web(given)
    if not on_web and not given.startswith(("s3://", *STORED)):
        raise InputError(f"cannot read {given}: addresses start with https://, s3://, gs:// or hdfs://")
    if given.endswith(wacz.ENDING):
        raise InputError(f"cannot read {given}: WACZ files are read from local disk; copy it there")
    if on_web and given.endswith(index.ENDING):
        raise InputError(f"cannot read index {given}: copy it to a local path or to a store such as s3://")
    if given.endswith(LISTING_ENDINGS):
        return read_listing(given)
    if not on_web and any(character in given for character in GLOB_CHARACTERS):
        return list(stored_matches(given) if given.startswith(STORED) else s3_matches(given))
    return [given]


def read_listing(listing: str) -> list[str]:
    """The addresses in a listing; blank lines and lines that start with # are skipped."""
    try:
        with open_warc(listing) as stream:
            data = stream.read()
        lines = (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data).decode("utf-8").splitlines()
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise InputError(f"cannot read listing {listing}: {error}") from None
    return [listed(listing, line.strip()) for line in lines if line.strip() and not line.startswith("#")]


def listed(listing: str, line: str) -> str:
    """The address that a line names: a file beside the listing if there is one, else one of Common Crawl."""
    if is_remote(line) or Path(line).is_absolute():
        return line
    if is_remote(listing):
        if is_crawl_path(line):
            return COMMON_CRAWL + line
        if is_on_web(listing):  # urljoin knows no other schemes
            return urljoin(listing, line)
        return join(listing.rpartition("/")[0], line)
    beside = Path(listing).parent / line
    if beside.is_file():
        return str(beside)
    if Path(line).is_file():
        return line
    if is_crawl_path(line):
        return COMMON_CRAWL + line
    raise InputError(f"listing {listing} names {line}, which is neither beside it nor a crawl-data/ path")


def is_crawl_path(line: str) -> bool:
    """Whether a relative line is a path within the Common Crawl bucket."""
    return line.startswith(("crawl-data/", "contrib/", "projects/"))


def open_warc(address: str, offset: int = 0, n_bytes: int | None = None) -> BinaryIO:
    """A stream over the file from `offset` (bytes) to its end, read once, in order; of a remote file no more than
    `n_bytes` are asked for.

    Raises OSError, for a remote file at the first read.
    """
    if wacz.is_member(address):
        return wacz.open_member(address, offset)
    if not is_remote(address):
        stream = open(address, "rb")  # noqa: SIM115  the caller closes it
        stream.seek(offset)
        return stream
    return open_remote(address, offset, n_bytes)
