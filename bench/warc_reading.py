"""Records per second of reading alone: ours beside a plain loop of FastWARC over the same files, and ours without it.

Goes in: WARC files. Comes out: timings. The plain loop gives what ours gives of a sound file: address, date, offset,
status and headers of every answer, the bodies of pages and the beginnings of the others. It proves nothing: damage ends
it, or is passed over without a word.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from unittest.mock import patch

from bench.timing import Timing, in_turns
from corpus.recipes.documents import may_be_page
from corpus.warc import reading
from corpus.warc.http import BEGINNING_BYTES
from corpus.warc.records import End

MAX_RECORD_BYTES = 64 * 2**20
BYTES_PER_ROUND = 100 * 2**20
"""Files are read until they were about so many: clocks of processor time tick a hundred times a second."""
PLAIN, ALONE = "FastWARC in a plain loop", "ours without FastWARC"


def time_reading(warcs: Sequence[str], n_rounds: int) -> dict[str, list[Timing]]:
    """Timings on files, one after the other; without FastWARC there is nothing beside ours."""
    n_bytes = sum(Path(warc).stat().st_size for warc in warcs)
    times = max(1, BYTES_PER_ROUND // max(1, n_bytes))
    counts = {"ours": our_records, PLAIN: plain_records, ALONE: our_records_alone}
    if find_spec("fastwarc") is None:
        del counts[PLAIN]
    for count in counts.values():
        count(warcs[0])
    return in_turns(
        {name: partial(of_all, count, [*warcs] * times) for name, count in counts.items()}, n_rounds
    )


def of_all(count: Callable[[str], int], warcs: Sequence[str]) -> int:
    return sum(map(count, warcs))


def our_records(warc: str) -> int:
    """Records read, of whatever kind."""
    with open(warc, "rb") as stream:
        for item in reading.read_records(stream, MAX_RECORD_BYTES, may_be_page):
            if isinstance(item, End):
                return item.n_records
    return 0


def our_records_alone(warc: str) -> int:
    with patch.object(reading, "sound_items", None):
        return our_records(warc)


def plain_records(warc: str) -> int:
    """Records that FastWARC finds."""
    from fastwarc.warc import ArchiveIterator, WarcRecordType

    n_records = 0
    with open(warc, "rb") as stream:
        for record in ArchiveIterator(stream):
            n_records += 1
            head = record.http_headers if record.record_type == WarcRecordType.response else None
            if head is not None:
                fields = {name.lower(): value for name, value in head.to_tuples()}
                told = record.headers
                told.get("WARC-Target-URI"), told.get("WARC-Date"), record.stream_pos
                is_whole = may_be_page(head.status_code or 0, fields)
                record.reader.read(-1 if is_whole else BEGINNING_BYTES)
    return n_records
