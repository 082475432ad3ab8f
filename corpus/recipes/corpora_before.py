"""Pages of corpora built before, against which a new crawl is deduplicated.

Goes in: the folders in `dedup.against`, each of a finished build. Comes out: the stored signatures of the documents
that these corpora hold. Neither their texts nor their WARC files are read.
"""

from __future__ import annotations

from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.pandas.types import from_arrow_schema

from corpus.columns import KEPT
from corpus.dedup.corpora import Corpus, read_corpus
from corpus.spark.build import Build
from corpus.storage import opened
from corpus.tables import TABLES


def pages_before(build: Build) -> DataFrame | None:
    """Rows of `page_signatures` with `found_in`, the folder of their corpus; None without any. A document that several
    corpora hold is that of the first."""
    corpora = [signatures_of(build, read_corpus(out, build.settings)) for out in build.settings.dedup.against]
    return reduce(joined, corpora) if corpora else None


def joined(pages: DataFrame, more: DataFrame) -> DataFrame:
    return pages.unionByName(more.join(pages.select("document_id"), on="document_id", how="left_anti"))


def signatures_of(build: Build, corpus: Corpus) -> DataFrame:
    """The signatures of the documents that were kept to the end."""
    kept = table_of(build, corpus, "document_decisions").where(F.col("outcome") == KEPT).select("document_id")
    signed = table_of(build, corpus, "page_signatures").join(kept, on="document_id", how="left_semi")
    return signed.withColumn("found_in", F.lit(corpus.out))


def table_of(build: Build, corpus: Corpus, table: str) -> DataFrame:
    schema = from_arrow_schema(TABLES[table].schema)
    uris = corpus.parts[table]
    if not uris:
        return build.spark.createDataFrame([], schema)
    return build.spark.read.schema(schema).parquet(*map(opened, uris))
