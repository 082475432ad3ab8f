"""`python -m bench.duplicates`: how many near copies are found, how many of those found are some, and what it costs.

Goes in: options. Comes out: recall and precision against exact similarities of generated pages, which are computed by
other code; seconds of Spark's jobs for 1, 4 and 16 times as many pages, and for pages that all are copies of one beside
as many that are copies of none, or of one other.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import islice
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyspark.sql import SparkSession
from scipy import sparse

from bench.generated_pages import BUCKETS, N_SHINGLE_WORDS, generated
from bench.timing import Timing, in_turns
from corpus.columns import KEPT, Row, Table
from corpus.config import Dedup, Settings
from corpus.dedup.minhash import permutations, signature
from corpus.dedup.shingles import shingle_hashes
from corpus.look.stored import Stored
from corpus.manifest import new_manifest, table_digests, write_manifest
from corpus.pipeline import RECIPES
from corpus.plan import Chunk, plan_of
from corpus.spark.build import Build
from corpus.spark.job import run_recipe
from corpus.spark.parts import Target, write_parts
from corpus.tables.pages import DOCUMENTS

N_PAGES = 20_000
GROWTH = (1, 4, 16)
N_IN_A_BUCKET = 100_000
CHUNK = "c00000"
ROWS_PER_BATCH = 1_000
N_PERMUTATIONS = 112
WORDS_PER_SENTENCE = 15

Words = npt.NDArray[np.str_]


@dataclass(frozen=True)
class Quality:
    """Pairs of pages at least as alike as the bound, how many of them are in one cluster; pages that fell as near
    copies, how many are so like the page named beside them, and how many so like the one that stands for them."""

    n_pairs: int
    n_found: int
    n_fallen: int
    n_right: int
    n_like_representative: int

    @property
    def recall(self) -> float:
        return self.n_found / self.n_pairs

    @property
    def precision(self) -> float:
        return self.n_right / self.n_fallen


def similarities(pages: Sequence[Sequence[str]]) -> dict[tuple[int, int], float]:
    """Exact Jaccard similarity of all pairs of pages that share a shingle, by Python's own hashes of them and a product
    of sparse matrices."""
    sets = [{hash(run) for run in runs(page)} for page in pages]
    sizes = np.array([len(each) for each in sets])
    flat = np.fromiter((shingle for each in sets for shingle in each), dtype=np.int64, count=sizes.sum())
    _, columns = np.unique(flat, return_inverse=True)
    rows = np.repeat(np.arange(len(pages)), sizes)
    has = sparse.csr_matrix((np.ones(len(flat), dtype=np.int32), (rows, columns)))
    shared = sparse.triu(has @ has.T, k=1).tocoo()
    union = sizes[shared.row] + sizes[shared.col] - shared.data
    pairs = zip(shared.row.tolist(), shared.col.tolist(), strict=True)
    return dict(zip(pairs, (shared.data / union).tolist(), strict=True))


def runs(words: Sequence[str]) -> Iterator[tuple[str, ...]]:
    return (tuple(words[i : i + N_SHINGLE_WORDS]) for i in range(len(words) - N_SHINGLE_WORDS + 1))


def quality(pages: Sequence[Sequence[str]], fallen: Iterable[Row], least: float) -> Quality:
    """What rows of `page_clusters` are worth, whose documents are named by their number among `pages`."""
    exact = similarities(pages)
    head, n_fallen, n_right, n_like = {}, 0, 0, 0
    for row in fallen:
        head[int(row["document_id"])] = int(row["representative"])
        if row["relation"] == "near":
            n_fallen += 1
            n_right += alike(exact, row["document_id"], row["similar_to"]) >= least
            n_like += alike(exact, row["document_id"], row["representative"]) >= least
    pairs = [pair for pair, value in exact.items() if value >= least]
    n_found = sum(head.get(one, one) == head.get(other, other) for one, other in pairs)
    return Quality(len(pairs), n_found, n_fallen, n_right, n_like)


def alike(exact: Mapping[tuple[int, int], float], one: str, other: str) -> float:
    first, second = sorted((int(one), int(other)))
    return exact.get((first, second), 0.0)


def document(number: int, words: Sequence[str]) -> Row:
    """A row of `documents` with these words."""
    sentences = [
        " ".join(words[start : start + WORDS_PER_SENTENCE])
        for start in range(0, len(words), WORDS_PER_SENTENCE)
    ]
    known = {
        "document_id": f"{number:09d}",
        "url": f"https://a.example/{number}",
        "outcome": KEPT,
        "text_hash": blake2b(" ".join(words).encode(), digest_size=16).hexdigest(),
        "sentences": sentences,
    }
    return {field.name: known.get(field.name, empty(field)) for field in DOCUMENTS.schema}


def empty(field: pa.Field) -> object:
    """What stands in a column that nothing here reads."""
    if field.nullable:
        return None
    if pa.types.is_nested(field.type):
        return []
    return "" if pa.types.is_string(field.type) else 0 if pa.types.is_integer(field.type) else False


def new_build(
    spark: SparkSession, out: str, settings: Settings, rows: Mapping[Table, Iterable[Row]]
) -> Build:
    """A build of one chunk that holds these rows of these tables."""
    build = Build(out, settings, plan_of([Chunk(CHUNK, ("none",), (0,))]), table_digests(settings, {}))
    build.__dict__["spark"] = spark
    for table, some in rows.items():
        folder = build.folder(table.name, CHUNK)
        target = Target({table.name: folder.rpartition("/")[0]}, CHUNK, 0, settings.release.row_group_bytes)
        parts = list(write_parts(((table.name, batch) for batch in batches(table, iter(some))), target))
        manifest = new_manifest(table, (build.digests[table.name], CHUNK), settings, {}, parts, 0.0)
        write_manifest(folder, manifest)
    return build


def batches(table: Table, rows: Iterator[Row]) -> Iterator[pa.RecordBatch]:
    while some := list(islice(rows, ROWS_PER_BATCH)):
        yield pa.RecordBatch.from_pylist(some, schema=table.schema)


def find_copies(spark: SparkSession, pages: Iterable[Sequence[str]]) -> tuple[list[Row], dict[str, float]]:
    """The rows of `page_clusters` of these pages, and the seconds that its table and that of signatures took."""
    seconds = {}
    with TemporaryDirectory(prefix="corpus-bench-") as out:
        rows_of_pages = (document(number, words) for number, words in enumerate(pages))
        build = new_build(spark, out, Settings(), {DOCUMENTS: rows_of_pages})
        for recipe in RECIPES:
            if recipe.outputs[0] in ("page_signatures", "page_clusters"):
                begun_s = perf_counter()
                run_recipe(build, recipe)
                seconds[recipe.outputs[0]] = perf_counter() - begun_s
        stored = Stored(out, build.digests, (CHUNK,))
        columns = ["document_id", "relation", "representative", "similar_to"]
        rows = [row for batch in stored("page_clusters", columns) for row in batch.to_pylist()]
    return rows, seconds


def time_signatures(n_pages: int, n_rounds: int) -> dict[str, list[Timing]]:
    """Shingles and signatures of generated pages: ours, and each shingle made as a string and hashed by itself."""
    texts = [document(number, words)["sentences"] for number, words in enumerate(generated(n_pages))]
    sign_all(texts[:10])
    plain = "a string and a hash per shingle"
    return in_turns({"ours": lambda: sign_all(texts), plain: lambda: sign_plainly(texts)}, n_rounds)


def sign_all(texts: Sequence[Sequence[str]]) -> int:
    for text in texts:
        signature(shingle_hashes(text, N_SHINGLE_WORDS), N_PERMUTATIONS)
    return len(texts)


def sign_plainly(texts: Sequence[Sequence[str]]) -> int:
    """The usual way, with the same permutations."""
    factors, offsets = permutations(N_PERMUTATIONS)
    for text in texts:
        strings = {" ".join(run) for run in runs(" ".join(text).lower().split())}
        hashes = [int.from_bytes(blake2b(each.encode(), digest_size=4).digest()) for each in strings]
        (np.array(hashes, dtype=np.uint32) * factors + offsets).min(axis=1)
    return len(texts)


def main(arguments: Sequence[str] | None = None) -> int:
    options = argparse.ArgumentParser(prog="python -m bench.duplicates", description=__doc__)
    options.add_argument("--pages", type=int, default=N_PAGES, help="pages whose copies are judged")
    options.add_argument(
        "--growth", type=int, default=2_000, help="pages, of which 4 and 16 times are timed too"
    )
    options.add_argument(
        "--bucket", type=int, default=N_IN_A_BUCKET, help="pages that all are copies of one, and that none is"
    )
    chosen = options.parse_args(arguments)
    from corpus.spark.session import start_session

    spark = start_session(Settings())
    least = Dedup().min_jaccard
    pages = generated(chosen.pages)
    find_copies(spark, generated(100))
    rows, _ = find_copies(spark, pages)
    found = quality(pages, rows, least)
    print(f"{chosen.pages:,} pages, {found.n_pairs:,} pairs of them at least {least} alike")
    print(f"recall     {found.recall:.4f}  of these pairs are in one cluster")
    print(f"precision  {found.precision:.4f}  of {found.n_fallen:,} fallen pages are so like the page named")
    print(
        f"           {found.n_like_representative / found.n_fallen:.4f}  are so like the page kept for them"
    )
    for times in GROWTH:
        n_pages = times * chosen.growth
        print_seconds(spark, "", n_pages, generated(n_pages))
    for name, draw in BUCKETS.items():
        print_seconds(spark, name, chosen.bucket, draw(chosen.bucket))
    spark.stop()
    return 0


def print_seconds(spark: SparkSession, name: str, n_pages: int, pages: Iterable[Sequence[str]]) -> None:
    rows, seconds = find_copies(spark, pages)
    cells = "  ".join(f"{table} {value:6.1f} s" for table, value in seconds.items())
    per_page = f"{1000 * sum(seconds.values()) / n_pages:6.2f} ms a page"
    print(f"{n_pages:>9,} pages  {name:<21} {cells} {per_page} {len(rows):>9,} copies", flush=True)


if __name__ == "__main__":
    sys.exit(main())
