"""`python -m bench.view OUT`: how long the viewer takes to open, and to answer, when there are very many pages.

Goes in: a finished build. Comes out: a line per number of pages, for a build and for a release: seconds from the
command to the first list of pages, interpreter and all; seconds until all pages can be asked; the most memory that the
viewer took; milliseconds per question. What is opened are copies of the given pages under other identities, of
those columns that lists are made of: a build in chunks of ten WARC files, a release with texts and without pictures.
"""

from __future__ import annotations

import argparse
import hashlib
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from corpus.config import Settings
from corpus.look.lookup import open_build
from corpus.look.stored import Stored
from corpus.manifest import Part, chunk_folder, new_manifest, write_manifest
from corpus.release.manifest import FORMAT, ReleaseManifest, ShardFile, write_release_manifest
from corpus.storage import locate, write_json
from corpus.tables import TABLES
from corpus.view.build_index import COLUMNS
from corpus.view.index import FACTS, MEMBERSHIPS, SIMILARITY

ROUNDS = 5
SIZES = (10_000, 100_000, 1_000_000)
PAGES_PER_CHUNK, FILES_PER_CHUNK = 300_000, 8
DOCUMENTS_PER_FILE, DOCUMENTS_PER_GROUP = 20_000, 1_000
RELEASED = (*FACTS, *MEMBERSHIPS, SIMILARITY, "n_sentences", "n_images", "text_list", "image_info")
QUESTIONS = {
    "all": "",
    "by a score": "?sort=page_words&descending=1",
    "by outcome and language": "?outcome=kept&language=en&sort=mean_matched_sim",
    "by text": "?text=a",
}


def rows_of(stored: Stored, table: str, columns: tuple[str, ...]) -> pa.Table:
    parts = [locate(uri) for uri in stored.part_uris(table)]
    found = [pq.read_table(path, columns=list(columns), filesystem=filesystem) for filesystem, path in parts]
    return pa.concat_tables(found).combine_chunks()


def copied(rows: pa.Table, copies: range) -> pa.Table:
    """The rows once per copy, with identities, addresses, titles and scores of their own."""
    found = pa.concat_tables([rows] * len(copies)).combine_chunks()
    numbers = np.repeat(np.arange(copies.start, copies.stop), len(rows))
    for name in {"document_id", "url", "title"} & set(rows.schema.names):
        texts = zip(found[name].to_pylist(), numbers, strict=True)
        made = [None if text is None else f"{text} {number}" for text, number in texts]
        if name == "document_id":
            made = [hashlib.blake2b(str(each).encode(), digest_size=16).hexdigest() for each in made]
        found = found.set_column(found.schema.get_field_index(name), rows.schema.field(name), pa.array(made))
    if "scores" in rows.schema.names:
        at = found.schema.get_field_index("scores")
        found = found.set_column(at, rows.schema.field("scores"), shifted(found["scores"].chunk(0)))
    return found


def shifted(scores: pa.MapArray) -> pa.MapArray:
    """Scores that differ from copy to copy, as those of different pages do."""
    values = scores.items.to_numpy(zero_copy_only=False)
    values = values * np.random.default_rng(len(values)).uniform(0.99, 1.01, len(values))
    return pa.MapArray.from_arrays(scores.offsets, scores.keys, values, type=scores.type)


def write_build(stored: Stored, settings: Settings, out: str, n_pages: int) -> None:
    """A build of that many pages. As in any build, other tables have their rows in another order than `documents`."""
    rows = {table: rows_of(stored, table, columns) for table, columns in COLUMNS.items()}
    per_page = len(rows["documents"])
    per_chunk, n_copies = PAGES_PER_CHUNK // per_page, -(-n_pages // per_page)
    chunks: list[str] = []
    for first in range(0, n_copies, per_chunk):
        chunks.append(f"c{len(chunks):05d}")
        for table in COLUMNS:
            some = copied(rows[table], range(first, min(first + per_chunk, n_copies)))
            ordered = some if table == "documents" else some.sort_by("document_id")
            write_chunk(ordered, (out, table, stored.digests[table], chunks[-1]), settings)
    digests = {table: stored.digests[table] for table in COLUMNS}
    write_json(f"{out}/build.json", {"digests": digests, "chunks": chunks, "settings": {}})


def write_chunk(rows: pa.Table, place: tuple[str, str, str, str], settings: Settings) -> None:
    _, table, table_digest, chunk = place
    folder = Path(chunk_folder(*place))
    folder.mkdir(parents=True)
    per_file, parts = -(-len(rows) // FILES_PER_CHUNK), []
    for number in range(FILES_PER_CHUNK):
        name, some = f"part-{number:05d}.parquet", rows[number * per_file : (number + 1) * per_file]
        pq.write_table(some, folder / name, compression="zstd")
        parts.append(Part(table, chunk, name, len(some), (folder / name).stat().st_size, "", ()))
    write_manifest(str(folder), new_manifest(TABLES[table], (table_digest, chunk), settings, {}, parts, 0.0))


def write_release(stored: Stored, out: str, n_documents: int) -> None:
    rows = rows_of(stored, "interleaved", RELEASED)
    files = []
    Path(out).mkdir(parents=True)
    per_file, n_copies = DOCUMENTS_PER_FILE // len(rows), -(-n_documents // len(rows))
    for number, first in enumerate(range(0, n_copies, per_file)):
        path = Path(out) / f"train-{number:05d}.parquet"
        some = copied(rows, range(first, min(first + per_file, n_copies)))
        pq.write_table(some, path, compression="zstd", row_group_size=DOCUMENTS_PER_GROUP)
        files.append(ShardFile(path.name, "train", number, 0, (), len(some), 0, path.stat().st_size, ""))
    n_bytes = sum(file.bytes for file in files)
    manifest = ReleaseManifest(FORMAT, "", "", n_documents, 0, n_bytes, {}, {}, {}, {}, tuple(files), ())
    write_release_manifest(out, manifest)


@contextmanager
def viewer(out: str) -> Iterator[tuple[str, int]]:
    """The address of a viewer in a process of its own, and the number of this process."""
    command = [sys.executable, "-m", "corpus.cli", "view", out, "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().split()[0], process.pid
        finally:
            process.terminate()


def timed(url: str) -> tuple[float, str]:
    """Seconds until a page has come, and its text."""
    started = time.perf_counter()
    with urllib.request.urlopen(url) as answer:
        text = str(answer.read().decode())
    return time.perf_counter() - started, text


def measure(name: str, out: str) -> None:
    """One line."""
    started = time.perf_counter()
    with viewer(out) as (address, process):
        text = timed(address)[1]
        first_s = time.perf_counter() - started
        while 'id="reading"' in text:
            time.sleep(max(0.05, (time.perf_counter() - started) / 20))  # asking takes little from reading
            text = timed(address)[1]
        whole_s = time.perf_counter() - started
        answers_ms = [
            1000 * median(timed(address + question)[0] for _ in range(ROUNDS))
            for question in QUESTIONS.values()
        ]
        status = Path(f"/proc/{process}/status").read_text()
    peak_mib = int(status.partition("VmHWM:")[2].split()[0]) / 1024
    told = "".join(f"{each:>8.0f}" for each in answers_ms)
    print(f"{name:<28}{first_s:>8.2f}{whole_s:>8.2f}{peak_mib:>8.0f}{told}", flush=True)


def imports_s() -> float:
    """What of it is the interpreter and its imports."""
    started = time.perf_counter()
    command = "import corpus.cli, corpus.view.site, corpus.view.server"
    subprocess.run([sys.executable, "-c", command], check=True)
    return time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", help="a finished build")
    parser.add_argument("--pages", type=int, nargs="+", default=SIZES)
    options = parser.parse_args()
    stored, settings = open_build(options.out)
    print(f"interpreter and imports: {median(imports_s() for _ in range(ROUNDS)):.2f} s")
    print(f"{'':<28}{'first s':>8}{'all s':>8}{'MiB':>8}  then ms: {', '.join(QUESTIONS)}")
    for n_pages in options.pages:
        with TemporaryDirectory() as folder:
            write_build(stored, settings, f"{folder}/build", n_pages)
            measure(f"build, {n_pages:,} pages", f"{folder}/build")
            write_release(stored, f"{folder}/release", n_pages)
            measure(f"release, {n_pages:,}", f"{folder}/release")


if __name__ == "__main__":
    main()
