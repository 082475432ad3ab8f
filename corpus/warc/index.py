"""A selection of records: rows of a columnar index, as Common Crawl publishes it, that say where each record lies.

Goes in: a Parquet file. Comes out: the WARC files that it names, and the ranges of bytes that it names of each. Columns
are those of the index table of Common Crawl (`warc_filename`, `warc_record_offset`, `warc_record_length`); the same
without their prefix are understood too (commoncrawl.org, "Index to WARC files and URLs in columnar format").
"""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from corpus.errors import InputError
from corpus.storage import locate

ENDING = ".parquet"
FILENAME = ("warc_filename", "filename")
OFFSET = ("warc_record_offset", "offset")
LENGTH = ("warc_record_length", "length")
URL, STATUSES = "url", ("fetch_status", "status")
MAX_REQUEST_BYTES = 64 * 2**20

Range = tuple[int, int]


def names_in(index: str) -> list[str]:
    """The distinct WARC files that the index names, sorted. Raises InputError."""
    columns = columns_of(index)
    table = read(index, columns)
    for column in columns:
        if table[column].null_count:
            raise InputError(
                f"index {index}: column {column} has no value in {table[column].null_count} rows"
            )
    if table.num_rows == 0:
        raise InputError(f"index {index} has no rows, so it selects nothing")
    return sorted(pc.unique(table[columns[0]]).to_pylist())


def check_captures(index: str) -> list[str]:
    """What the three columns are called in an index that tells the URLs of its records too. Raises InputError."""
    columns = columns_of(index)
    if URL not in present_in(index):
        raise InputError(f"index {index} has no column {URL}: it does not say which URL a record answers")
    return columns


def ranges_in(index: str, name: str) -> list[Range]:
    """(offset, length), bytes, of the records of one WARC file, by offset; of repeated ones the longest. Raises
    InputError."""
    columns = columns_of(index)
    table = read(index, columns, [(columns[0], "=", name)])
    lengths: dict[int, int] = {}
    for offset, length in zip(table[columns[1]].to_pylist(), table[columns[2]].to_pylist(), strict=True):
        lengths[offset] = max(length, lengths.get(offset, 0))
    return sorted(lengths.items())


def columns_of(index: str) -> list[str]:
    """What the three columns are called in this index. Raises InputError when one is missing."""
    present = present_in(index)
    found = [next((name for name in names if name in present), None) for names in (FILENAME, OFFSET, LENGTH)]
    if None in found:
        raise InputError(
            f"index {index} has the columns {', '.join(present)}; "
            f"needed are {', '.join(' or '.join(names) for names in (FILENAME, OFFSET, LENGTH))}"
        )
    return [name for name in found if name]


def present_in(index: str) -> list[str]:
    """All columns of an index. Raises InputError."""
    try:
        filesystem, path = locate(index)
        return list(pq.read_schema(filesystem.open_input_file(path)).names)
    except (OSError, pa.ArrowInvalid) as error:
        raise InputError(f"cannot read index {index}: {error}") from None


def read(index: str, columns: list[str], filters: list[tuple[str, str, str]] | None = None) -> pa.Table:
    filesystem, path = locate(index)
    return pq.read_table(path, columns=columns, filters=filters, filesystem=filesystem)


def requests(ranges: Sequence[Range], max_gap_bytes: int) -> list[list[Range]]:
    """The ranges, ascending, in groups that one request gets: neighbours with a small gap between them."""
    groups: list[list[Range]] = []
    for offset, length in ranges:
        if groups:
            first, (last, last_length) = groups[-1][0][0], groups[-1][-1]
            near = offset - (last + last_length) <= max_gap_bytes
            if near and offset + length - first <= MAX_REQUEST_BYTES:
                groups[-1].append((offset, length))
                continue
        groups.append([(offset, length)])
    return groups
