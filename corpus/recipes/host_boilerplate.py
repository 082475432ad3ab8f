"""Text that a host repeats from page to page: footers, notices, teasers of other pages.

Goes in: pages that are no copies, each with its URL and blocks. Comes out: per page the blocks that stand on others of
its host too. Rows in between hold numbers and identities, never text, and one row per task and text is what a host of
any size sends to be counted.
"""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

# OBELICS, build_obelics/09_05: what stands more than twice on a netloc is removed.
MIN_PAGES = 3


def host() -> Column:
    """Host and port of the column `url`, in lower case."""
    return F.lower(F.regexp_extract("url", "^[^:]+://([^/?#]+)", 1))


def host_boilerplate(pages: DataFrame) -> DataFrame:
    """document_id, `host_boilerplate_blocks` (indices, rising) and `n_host_boilerplate_characters` of the pages that
    have such blocks, from pages with document_id, url and blocks.

    A block is boilerplate where its text stands on three pages or more of the host, but not on the one page of them
    with the lowest hash: all but one go, as in C4 (section 2.2), lest an article go because three lists tell all of
    it.
    """
    text = F.xxhash64("host", "text_hash")
    page = F.xxhash64("document_id").alias("page")
    texts = pages.select("document_id", host().alias("host"), F.explode(distinct_texts()).alias("text_hash"))
    repeated = (
        texts.select(text.alias("text"), page)
        .groupBy("text")
        .agg(F.count(F.lit(1)).alias("n_pages"), F.min("page").alias("first_page"))
        .where(F.col("n_pages") >= MIN_PAGES)
    )
    blocks = pages.select("document_id", host().alias("host"), F.posexplode("blocks").alias("place", "block"))
    blocks = blocks.select("document_id", "host", "place", "block.text_hash", "block.n_characters")
    # A footer of one large host is one key here; Spark splits such partitions of a join by itself (adaptive execution).
    found = blocks.select("document_id", page, "place", "n_characters", text.alias("text")).join(
        repeated, on="text"
    )
    return (
        found.where(F.col("page") != F.col("first_page"))
        .groupBy("document_id")
        .agg(
            F.sort_array(F.collect_list("place")).alias("host_boilerplate_blocks"),
            F.sum("n_characters").alias("n_host_boilerplate_characters"),
        )
    )


def distinct_texts() -> Column:
    return F.array_distinct(F.transform("blocks", lambda block: block["text_hash"]))
