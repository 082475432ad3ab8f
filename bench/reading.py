"""`python -m bench.reading`: how fast a release is read, beside pyarrow's own scan of the same files.

Goes in: how many documents, or the folder of a release. Comes out: a table. The documents are drawn: pictures are
random bytes of the size of usual JPEG files, which nothing decodes.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
from collections.abc import Iterator, Sequence
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds

import corpus
from bench.table import format_table, rate_lines
from bench.timing import Action, in_turns
from corpus.loaders.documents import NEEDED
from corpus.publish.publication import Sizes
from corpus.publish.shards import write_shard
from corpus.release.manifest import read_release_manifest
from corpus.release.reading import ROWS_PER_BATCH
from corpus.storage import write_json
from corpus.tables.product import INTERLEAVED

N_SENTENCES, N_PICTURES, PICTURE_BYTES = 40, 3, 60_000
"""Of a document; MMC4 (section 3) has a mean of 5.7 pictures and 43 sentences in its full set, 3.3 in its core set."""


def main(arguments: Sequence[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    with TemporaryDirectory() as folder:
        uri = options.release or drawn_build(folder, options.documents)
        timings = in_turns(readers(uri), options.runs)
        print(format_table(rate_lines("read", "documents", "by corpus.open", pick(timings, "open", "scan"))))
        print(
            format_table(
                rate_lines("read", "documents", "by torch_dataset", pick(timings, "torch", "scan of these"))
            )
        )
    return 0


def pick(timings: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: timings[name] for name in names}


def parser() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(prog="python -m bench.reading")
    options.add_argument("--release", help="folder of a release or build; default: one of drawn documents")
    options.add_argument("--documents", type=int, default=3_000, help="documents to draw")
    options.add_argument("--runs", type=int, default=5, help="rounds")
    return options


def readers(uri: str) -> dict[str, Action]:
    """What is compared; `scan of these` reads the columns that the loader reads."""
    files = paths(uri)

    def scan(columns: Sequence[str] | None) -> int:
        found = ds.dataset(files, format="parquet").to_batches(
            columns=columns and list(columns), batch_size=ROWS_PER_BATCH
        )
        return sum(batch.num_rows for batch in found)

    loader = corpus.torch_dataset(uri, decode=False)
    return {
        "open": lambda: sum(batch.num_rows for batch in corpus.open(uri)),
        "scan": lambda: scan(None),
        "torch": lambda: sum(1 for _ in loader),
        "scan of these": lambda: scan(NEEDED),
    }


def paths(uri: str) -> list[str]:
    if os.path.exists(os.path.join(uri, "build.json")):
        return [os.path.join(uri, "part.parquet")]
    return [os.path.join(uri, file.path) for file in read_release_manifest(uri).files]


def drawn_build(folder: str, n_documents: int) -> str:
    """A file of drawn documents, written as a shard is, and the build.json that names it."""
    path = os.path.join(folder, "part.parquet")
    write_shard(drawn_documents(n_documents), INTERLEAVED.schema, path, Sizes().row_group_bytes)
    write_json(os.path.join(folder, "build.json"), {"interleaved": ["part.parquet"]})
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
