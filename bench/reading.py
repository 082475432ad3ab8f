"""`python -m bench.reading`: how fast a release is read, beside pyarrow's own scan of the same files.

Goes in: how many documents, or the folder of a release. Comes out: a table. The documents are drawn: pictures are
random bytes of the size of usual JPEG files, which nothing decodes. How long reading takes hangs on what memory is at
hand: each reader has a process of its own, and reads everything once right before its time is taken.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from itertools import islice
from multiprocessing import get_context
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds

import corpus
from bench.table import Line, format_table, rate_lines
from bench.timing import Timing, timed
from corpus.loaders.documents import NEEDED
from corpus.publish.publication import Sizes
from corpus.publish.shards import write_shard
from corpus.release.reading import product_files
from corpus.release.row_groups import ROWS_PER_BATCH
from corpus.storage import write_json
from corpus.tables.product import INTERLEAVED

N_SENTENCES, N_PICTURES, PICTURE_BYTES = 40, 3, 60_000
"""Of a document; MMC4 (section 3) has a mean of 5.7 pictures and 43 sentences in its full set, 3.3 in its core set."""
N_FILES = 4
SAMPLES = "scan, lists of rows"


def main(arguments: Sequence[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    with TemporaryDirectory() as folder:
        uri = options.release or drawn_build(folder, options.documents)
        print(format_table(reading_lines(uri, options.runs)))
    return 0


def parser() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(prog="python -m bench.reading")
    options.add_argument("--release", help="folder of a release or build; default: one of drawn documents")
    options.add_argument("--documents", type=int, default=3_000, help="documents to draw")
    options.add_argument("--runs", type=int, default=5, help="rounds")
    return options


def reading_lines(uri: str, n_rounds: int) -> list[Line]:
    """Batches beside pyarrow's with all columns; samples, whose pictures nobody decodes, beside its batches with the
    columns of the loader, and beside the same as Python's lists."""
    found = time_reading(uri, n_rounds)
    batches = {"open": found["open"], "pyarrow's scan": found["scan"]}
    samples = {"torch": found["torch"], "scan": found["scan of these"], SAMPLES: found[SAMPLES]}
    return [
        *rate_lines("read", "documents", "by corpus.open", batches),
        *rate_lines("read", "documents", "by torch_dataset", samples),
    ]


def time_reading(uri: str, n_rounds: int) -> dict[str, list[Timing]]:
    """The readers in turns."""
    with ExitStack() as stack:
        apart = {name: stack.enter_context(ProcessPoolExecutor(1, get_context("spawn"))) for name in READERS}
        rounds = [
            {name: process.submit(time_reader, name, uri).result() for name, process in apart.items()}
            for _ in range(n_rounds)
        ]
    return {name: [each[name] for each in rounds] for name in READERS}


def time_reader(name: str, uri: str) -> Timing:
    pa.set_cpu_count(os.cpu_count() or 1)  # else as many as OMP_NUM_THREADS says
    READERS[name](uri)
    return timed(lambda: READERS[name](uri))


def scan(uri: str, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
    """Pyarrow's, with its defaults but for the size of a batch: its own would be all of a row group."""
    files = ds.dataset([path for path, _ in product_files(uri)], format="parquet")
    found: Iterator[pa.RecordBatch] = files.to_batches(
        columns=columns and list(columns), batch_size=ROWS_PER_BATCH
    )
    return found


READERS: dict[str, Callable[[str], int]] = {
    "open": lambda uri: sum(batch.num_rows for batch in corpus.open(uri)),
    "scan": lambda uri: sum(batch.num_rows for batch in scan(uri)),
    "torch": lambda uri: sum(1 for _ in corpus.torch_dataset(uri, decode=False)),
    "scan of these": lambda uri: sum(batch.num_rows for batch in scan(uri, NEEDED)),
    SAMPLES: lambda uri: sum(len(batch.to_pylist()) for batch in scan(uri, NEEDED)),
}


def drawn_build(folder: str, n_documents: int) -> str:
    """Files of drawn documents, written as shards are, and the build.json that names them."""
    documents = drawn_documents(n_documents)
    names = [f"part-{number}.parquet" for number in range(N_FILES)]
    for number, name in enumerate(names):
        mine = islice(documents, n_documents * (number + 1) // N_FILES - n_documents * number // N_FILES)
        write_shard(mine, INTERLEAVED.schema, os.path.join(folder, name), Sizes().row_group_bytes)
    write_json(os.path.join(folder, "build.json"), {"interleaved": names})
    return folder


def drawn_documents(n: int) -> Iterator[pa.RecordBatch]:
    rng = random.Random(0)
    words = [rng.randbytes(rng.randint(1, 5)).hex() for _ in range(5_000)]
    for number in range(n):
        row = {field.name: blank(field) for field in INTERLEAVED.schema}
        infos = [{field.name: blank(field) for field in info_type()} for _ in range(N_PICTURES)]
        row |= {
            "document_id": f"{number:032x}",
            "text_list": [" ".join(rng.choices(words, k=15)) for _ in range(N_SENTENCES)],
            "image_info": infos,
            "images": [{"bytes": rng.randbytes(PICTURE_BYTES), "path": "x"} for _ in infos],
            "similarity_matrix": [[rng.random() for _ in range(N_SENTENCES)] for _ in infos],
        }
        yield pa.RecordBatch.from_pylist([row], schema=INTERLEAVED.schema)


def info_type() -> pa.StructType:
    return INTERLEAVED.schema.field("image_info").type.value_type


def blank(field: pa.Field) -> Any:
    """A value of the field's type; null where it may be."""
    if field.nullable:
        return None
    if pa.types.is_list(field.type) or pa.types.is_map(field.type):
        return []
    return "x" if pa.types.is_string(field.type) else 0


if __name__ == "__main__":
    sys.exit(main())
