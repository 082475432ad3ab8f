"""`python -m bench.report OUT`: what the report of a build with very many pages asks of the driver.

Goes in: a finished build. Comes out: a line per number of pages: wall and core seconds of looking at the tables and
writing the page, the most memory that the process held, MiB of the page. Looked at are copies of the pages under other
identities, written as tasks write them; pictures beyond those of the first PICTURED pages have no bytes.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from tempfile import TemporaryDirectory

import pyarrow as pa

from bench.planning import core_seconds, memory_mib
from bench.view import rows_of
from corpus.config import Settings
from corpus.look.funnel import add_tallies, funnel_table
from corpus.look.lookup import open_build
from corpus.look.report import render_report
from corpus.look.stored import Stored
from corpus.look.tallies import part_tallies
from corpus.manifest import Part, chunk_folder, new_manifest, table_folder, write_manifest
from corpus.plan import Chunk, plan_of
from corpus.prepare import Run
from corpus.run import facts, pages_looked_at
from corpus.spark.parts import Target, write_parts
from corpus.storage import write_json
from corpus.tables import TABLES

SIZES = (1_000, 10_000, 100_000)
PAGES_PER_CHUNK, PARTS_PER_CHUNK = 100_000, 4
PICTURED = 10_000
TABLES_READ = (
    "warc_files",
    "documents",
    "page_decisions",
    "block_decisions",
    "image_decisions",
    "images",
    "image_safety",
    "alignments",
    "document_decisions",
    "interleaved",
)
IDENTITIES = {"document_id", "duplicate_of", "image_url_id", "content_hash", "warc_filename"}


def write_build(stored: Stored, settings: Settings, out: str, n_pages: int) -> None:
    """A build of that many pages, without tables that no report reads."""
    per_page = stored.total("documents").n_rows
    per_chunk, n_copies = max(1, PAGES_PER_CHUNK // per_page), -(-n_pages // per_page)
    chunks = plan_of(
        Chunk(f"c{number:05d}", (f"{number}.warc.gz",), (-1,)) for number in range(-(-n_copies // per_chunk))
    )
    for table in TABLES_READ:
        rows = rows_of(stored, table, tuple(TABLES[table].schema.names))
        bare = without_bytes(rows)
        for number, name in enumerate(chunks.names):
            copies = range(number * per_chunk, min((number + 1) * per_chunk, n_copies))
            written = [(copy, rows if copy * per_page < PICTURED else bare) for copy in copies]
            write_chunk(written, (out, table, stored.digests[table], name), settings)
    told = {"digests": {table: stored.digests[table] for table in TABLES_READ}, "chunks": chunks.names}
    write_json(f"{out}/build.json", told | {"settings": {}})


def write_chunk(
    copies: Sequence[tuple[int, pa.Table]], place: tuple[str, str, str, str], settings: Settings
) -> None:
    out, table, table_digest, chunk = place
    folders = {table: table_folder(out, table, table_digest)}
    parts: list[Part] = []
    for partition in range(PARTS_PER_CHUNK):
        target = Target(folders, chunk, partition, settings.release.row_group_bytes)
        pairs = (
            (table, batch)
            for number, rows in copies[partition::PARTS_PER_CHUNK]
            for batch in renamed(rows, number).to_batches(settings.spark.rows_per_batch)
        )
        parts += write_parts(pairs, target)
    manifest = new_manifest(TABLES[table], (table_digest, chunk), settings, {}, parts, 0.0)
    write_manifest(chunk_folder(*place), manifest)


def renamed(rows: pa.Table, number: int) -> pa.Table:
    """The rows under the identities of a copy."""
    for name in sorted(IDENTITIES & set(rows.schema.names)):
        encoded = rows[name].combine_chunks().dictionary_encode()
        texts = (hashlib.sha256(f"{each} {number}".encode()).hexdigest() for each in encoded.dictionary)
        names = pa.array((text[:32] for text in texts), pa.string())
        at = rows.schema.get_field_index(name)
        rows = rows.set_column(at, rows.schema.field(at), names.take(encoded.indices))
    return rows


def without_bytes(rows: pa.Table) -> pa.Table:
    """The rows of `images` or `interleaved` with null for the bytes of pictures, those of other tables as they are."""
    if "bytes" in rows.schema.names:
        at = rows.schema.get_field_index("bytes")
        return rows.set_column(at, rows.schema.field(at), pa.nulls(len(rows), pa.binary()))
    if "text_list" not in rows.schema.names:
        return rows
    at = rows.schema.get_field_index("images")
    images = rows["images"].combine_chunks()
    pictures = images.flatten()
    emptied = pa.StructArray.from_arrays(
        [pa.nulls(len(pictures), pa.binary()), pictures.field("path")], fields=list(pictures.type)
    )
    lists = pa.ListArray.from_arrays(images.offsets, emptied, type=images.type)
    return rows.set_column(at, rows.schema.field(at), lists)


def look(out: str) -> None:
    """The report as a build makes it at its end, in this process; prints JSON."""
    stored, _ = open_build(out)
    settings = Settings.model_validate({"places": {"out": out}, "align": {"min_similarity": 0.15}})
    chunks = plan_of(Chunk(name, (f"{name}.warc.gz",), (-1,)) for name in stored.chunks)
    run = Run(settings, chunks, stored.digests, "")
    before_mib, started, core_s = memory_mib(), time.monotonic(), core_seconds()
    funnel = funnel_table(add_tallies(part_tallies(stored.total(table) for table in TABLES_READ)), {})
    sample = pages_looked_at(run)
    page = render_report(sample, facts(run, funnel, sample))
    told = {
        "n_pages": stored.total("documents").n_rows,
        "wall_s": time.monotonic() - started,
        "core_s": core_seconds() - core_s,
        "before_mib": before_mib,
        "peak_mib": memory_mib("VmHWM"),
        "page_mib": len(page) / 2**20,
    }
    print(json.dumps(told))


def measured(out: str) -> dict[str, float]:
    """The same in a process of its own."""
    code = (
        f"from corpus.malloc import keep_little; keep_little(); from bench.report import look; look({out!r})"
    )
    told = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(told.stdout)
    return found


def lines(out: str, sizes: Sequence[int], folder: str) -> Iterator[str]:
    """Markdown, a line per build."""
    stored, settings = open_build(out)
    yield "| pages | seconds | core seconds | driver before, MiB | at most, MiB | page, MiB |"
    yield "|---:|---:|---:|---:|---:|---:|"
    for n_pages in sizes:
        with TemporaryDirectory(dir=folder) as made:
            write_build(stored, settings, made, n_pages)
            each = measured(made)
        yield (
            f"| {each['n_pages']:,} | {each['wall_s']:.1f} | {each['core_s']:.1f} | {each['before_mib']:.0f} | "
            f"{each['peak_mib']:.0f} | {each['page_mib']:.1f} |"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", help="a finished build")
    parser.add_argument("--pages", type=int, nargs="+", default=SIZES)
    parser.add_argument("--folder", help="where the builds are made; default: the folder for temporary files")
    options = parser.parse_args()
    for line in lines(options.out, options.pages, options.folder):
        print(line, flush=True)


if __name__ == "__main__":
    main()
