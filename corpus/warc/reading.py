"""The responses in a WARC or ARC file, one after the other, and every fault met on the way.

Goes in: the stream of one file. Comes out: `Response`, `Revisit` and `Fault` values in file order, and one `End` as the
last: the same ones whether FastWARC is installed or not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO

from corpus.warc import wacz
from corpus.warc.http import Wants
from corpus.warc.members import ArchiveBytes
from corpus.warc.records import UNREADABLE, End, Fault, Item, Response, Revisit, walk
from corpus.warc.replay import LocalFile, Replay, replayed

try:
    from corpus.warc.sound_records import sound_items
except ImportError:  # FastWARC is not installed, or is older than 2
    sound_items = None  # type: ignore[assignment]


def read_records(
    stream: BinaryIO, max_record_bytes: int, wants: Wants | None = None
) -> Iterator[Response | Revisit | Fault | End]:
    """Every HTTP response, revisit and fault of a file, then the counts. Bodies above the bound are not read; with
    `wants`, of bodies that are not wanted the beginning alone."""
    n_records = 0
    for item in items_in(replayed(stream, max_record_bytes), max_record_bytes, wants):
        if item is None:
            n_records += 1
        elif isinstance(item, End):
            yield replace(item, n_records=n_records)
        else:
            n_records += not isinstance(item, Fault)
            yield item


def items_in(stream: Replay | LocalFile, max_record_bytes: int, wants: Wants | None) -> Iterator[Item | End]:
    """What FastWARC reads, where it is installed, then what our own walk does; the end without a count."""
    if sound_items is not None:
        yield from sound_items(stream, max_record_bytes, wants)
    reader = None
    try:
        reader = ArchiveBytes(stream.again(), stream.settled)
        yield from walk(reader, max_record_bytes, wants)
    except (OSError, *wacz.READ_ERRORS) as error:
        yield Fault(UNREADABLE, reader.raw_offset if reader else 0, f"reading failed: {error}")
    yield End(0, reader.raw_offset if reader else 0)
