"""The WARC records that rows of `image_urls` name, in the order in which they lie in their files.

Goes in: rows with file and offset, and the length where it is known. Comes out: each with its response. Records of
known length are got by ranges, neighbours together; of others a stream is read as far as the record goes.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter

from corpus.columns import Row
from corpus.config import Settings
from corpus.warc.index import MAX_REQUEST_BYTES
from corpus.warc.records import Fault, Response, read_response_at
from corpus.warc.selection import read_ranges


def archived_responses(
    rows: Iterable[Row], settings: Settings
) -> Iterator[tuple[Row, Response | Fault, float]]:
    """(row, response or what is wrong with it, seconds) of each."""
    by_file = itemgetter("warc_filename")
    for warc_filename, own in groupby(sorted(rows, key=by_file), by_file):
        places: defaultdict[int, list[Row]] = defaultdict(list)
        for row in own:
            places[row["warc_record_offset"]].append(row)
        begun_s = time.perf_counter()
        for offset, response in responses(warc_filename, places, settings):
            now_s = time.perf_counter()
            for row in places[offset]:
                yield row, response, now_s - begun_s
            begun_s = time.perf_counter()


def responses(
    warc_filename: str, places: defaultdict[int, list[Row]], settings: Settings
) -> Iterator[tuple[int, Response | Fault]]:
    """(offset, response) of the records of one file."""
    max_record_bytes = settings.warc.max_record_bytes
    lengths = {
        offset: max(row.get("warc_record_length") or 0 for row in rows) for offset, rows in places.items()
    }
    ranges = [(offset, min(n_bytes, MAX_REQUEST_BYTES)) for offset, n_bytes in lengths.items() if n_bytes > 0]
    for (offset, _), response in read_ranges(
        warc_filename, sorted(ranges), max_record_bytes, settings.spark.max_gap_bytes
    ):
        yield offset, response
    for offset in sorted(offset for offset, n_bytes in lengths.items() if n_bytes <= 0):
        yield offset, read_response_at(warc_filename, offset, max_record_bytes)
