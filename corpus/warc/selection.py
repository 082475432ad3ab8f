"""The responses of selected records of a WARC file, got by their ranges of bytes.

Goes in: the address of a selection: an index and a WARC file that it names. Comes out: what reading the whole file
gives for the same records, and the faults of those that are not there; or the responses in ranges that are known.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence

from corpus.errors import InputError
from corpus.warc import wacz
from corpus.warc.index import Range, ranges_in, requests
from corpus.warc.members import ArchiveBytes
from corpus.warc.records import GARBAGE, UNREADABLE, End, Fault, Response, Revisit, first_response, walk
from corpus.warc.sources import index_and_name, open_warc, warc_of


def read_selection(
    address: str, max_record_bytes: int, max_gap_bytes: int
) -> Iterator[Response | Revisit | Fault | End]:
    """Every response, revisit and fault of the selected records, by offset, then the counts: of records selected, and
    of bytes read, gaps included."""
    n_records = n_bytes = 0
    try:
        groups = requests(ranges_in(*index_and_name(address)), max_gap_bytes)
    except InputError as error:
        yield Fault(UNREADABLE, 0, str(error))
        groups = []
    for group in groups:
        start, (last, length) = group[0][0], group[-1]
        try:
            with open_warc(warc_of(address), start, last + length - start) as stream:
                data = stream.read(last + length - start)
        except OSError as error:
            yield Fault(UNREADABLE, start, f"reading failed: {error}")
            continue
        n_bytes += len(data)
        for item in items_of(data, start, group, max_record_bytes):
            n_records += not isinstance(item, Fault)
            if item is not None:
                yield item
    yield End(n_records, n_bytes)


def read_ranges(
    address: str, ranges: Sequence[Range], max_record_bytes: int, max_gap_bytes: int
) -> Iterator[tuple[Range, Response | Fault]]:
    """Each range of a WARC file, ascending, with the response whose record lies there, or what is wrong with it."""
    for group in requests(ranges, max_gap_bytes):
        start, (last, length) = group[0][0], group[-1]
        try:
            with open_warc(address, start, last + length - start) as stream:
                data = stream.read(last + length - start)
        except (OSError, *wacz.READ_ERRORS) as error:
            yield from (
                ((offset, n), Fault(UNREADABLE, offset, f"reading failed: {error}")) for offset, n in group
            )
            continue
        for offset, n_bytes in group:
            record = io.BytesIO(data[offset - start : offset - start + n_bytes])
            yield (offset, n_bytes), first_response(record, offset, max_record_bytes)


def items_of(
    data: bytes, start: int, group: Sequence[Range], max_record_bytes: int
) -> Iterator[Response | Revisit | Fault | None]:
    """The items of records that lie in `data`, which begins at byte `start` of the file."""
    for offset, length in group:
        record = data[offset - start : offset - start + length]
        if record:
            yield from walk(ArchiveBytes(io.BytesIO(record), offset), max_record_bytes)
        else:
            yield Fault(GARBAGE, offset, "the file ends before the selected record")
