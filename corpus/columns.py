"""Columns: what a table is, and the column types that several tables share.

Goes in: nothing. Comes out: `Table` and what its schemas are written with. Only types that Spark 3.5 and 4.x both know
are used: no half floats, no unsigned integers, no fixed-size lists.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

KEPT = "kept"

Row = Mapping[str, Any]
Scope = str
CHUNK: Scope = "chunk"
CORPUS: Scope = "corpus"


@dataclass(frozen=True)
class Table:
    """One table of the chain.

    `key` identifies a row; `outcome` names the column that says what became of it (`kept`, or the name of what dropped
    it), or is None where every row is plain fact. `inputs` are the tables it is made from and `sections` the patterns
    of the settings that shape it (`align.*`): together they make its digest. A table of scope `chunk` is made chunk by
    chunk; one of scope `corpus` in one job over all chunks, its rows still filed under the chunk that needs them.
    `n_bytes` is the column that says how many bytes a row stands for, and `source` the one that says where they are
    from, whose rows and bytes are counted by its values; `items` are the list columns whose items are counted too, each
    given by the Parquet leaf that is read to count them; `values` are list columns of few names, whose rows are counted
    by name; `sums` are columns of counts that are added up per outcome. `revision` goes up when the code gives other
    rows from the same input, so that tables made before are not taken for done.
    """

    name: str
    doc: str
    schema: pa.Schema
    key: tuple[str, ...]
    inputs: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    scope: Scope = CHUNK
    outcome: str | None = None
    n_bytes: str | None = None
    source: str | None = None
    items: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    sums: tuple[str, ...] = ()
    revision: int = 1


def column(name: str, type_: pa.DataType, doc: str, *, nullable: bool = False) -> pa.Field:
    """A field whose meaning travels with the data; `comment` is the metadata key that Spark shows as column comment."""
    return pa.field(name, type_, nullable=nullable, metadata={"comment": doc})


def optional(name: str, type_: pa.DataType, doc: str) -> pa.Field:
    """A field that may be null: the value was not given or could not be found."""
    return column(name, type_, doc, nullable=True)


string, int32, int64, float32, float64 = pa.string(), pa.int32(), pa.int64(), pa.float32(), pa.float64()
time = pa.timestamp("us", tz="UTC")
scores = pa.map_(string, float64)


def items(*fields: pa.Field) -> pa.ListType:
    """A list of structs with these fields."""
    return pa.list_(pa.struct(fields))


# Hugging Face datasets knows no maps, so what the product counts by name is a list.
REPLACED = items(
    column("kind", string, "one of privacy.replace"),
    column("n", int32, "number of findings"),
)

EVALUATION_SETS = items(
    column("name", string, "name of the evaluation set"),
    column("n", int32, "runs of words shared with its texts"),
)

BLOCK = items(
    column("kind", string, "heading, paragraph, list_item, table_row, caption, quote or code"),
    column("first_sentence", int32, "index of its first sentence in the document"),
    column("n_sentences", int32, "number of its sentences"),
    optional("language", string, "ISO 639-1 code of its text; null for code and under 80 characters or 20 letters"),
    optional("language_probability", float32, "probability of `language`, 0 to 1"),
    column("n_characters", int32, "length of its text, characters"),
    column("text_hash", int64, "64-bit hash of its text, compatibility forms, case and white space folded"),
    column("scores", scores, "score per block filter, by its name; without those that cannot be measured"),
)

IMAGE_REFERENCE = items(
    column("dom_index", int32, "position among the image references of the page, from 0"),
    column("image_url_id", string, "identity of the normalised URL"),
    column("url", string, "absolute URL, resolved by RFC 3986 against the page or its <base>"),
    optional("raw_url", string, "the reference as written in the page; null when it is a long data: URI"),
    column("attribute", string, "where it was written: src, srcset, data-src, ..."),
    column("dom_text_index", int32, "number of sentences that stand before it on the page"),
    optional("alt", string, "alternative text as declared"),
    optional("title", string, "title attribute as declared"),
    optional("caption", string, "text of the figcaption of its figure, or of WordPress's caption"),
    optional("declared_width_px", int32, "width attribute, px"),
    optional("declared_height_px", int32, "height attribute, px"),
    optional("link_url", string, "absolute target of the link around it"),
    column("in_chrome", pa.bool_(), "whether it stands in nav, aside, footer, form or a header outside of the article"),
    column("content_score", float32, "how likely it is content rather than logo, advertisement or teaser, 0 to 1"),
)

PROVENANCE = (
    column("document_id", string, "identity of the page: hash of URL, capture time, and name and offset of its record"),
    column("url", string, "URL of the page as captured"),
    column("crawl", string, "name of the crawl, empty when none was given"),
    column("warc_filename", string, "WARC file that holds the page"),
    column("warc_record_offset", int64, "offset of the record in the file, bytes; of the compressed member if gzip"),
    optional("fetch_time", time, "capture time; null when the record gives none that can be read"),
    optional("language", string, "ISO 639-1 code of the text; null when there is no text"),
    optional("title", string, "text of <title>"),
    optional("license_url", string, "target of a rel=license link, or of a Creative Commons link"),
)

NOISE = (
    optional("regret", float32, "cosine with the most similar sentence less matched_sim, 0 to 2"),
    optional("entropy", float32, "how undecided it is between the sentences, 0 to 1; null with one sentence"),
    optional("topical_sim", float32, "cosine with the mean direction of all sentences, -1 to 1"),
    optional("nearest_image_sim", float32, "highest cosine with another picture of the document; null without one"),
    optional("sentences_above", float32, "share of others' sentences more like the picture; null under 8 of them"),
    optional("images_above", float32, "share of others' pictures more like the sentence; null under 8 of them"),
    optional("s_clip_loss", float32, "matched_sim less what both reach with others (2405.19547); null under 8 of them"),
    optional("shortcut", float32, "matched_sim that letters in the picture may account for, 0 to 1"),
)

ALIGNED_IMAGE = items(
    column("dom_index", int32, "position among the image references of the page"),
    column("outcome", string, "kept; no_sentence, min_similarity, unassigned, min_margin; or a pair filter"),
    column("matched_text_index", int32, "sentence assigned; -1 when none was"),
    optional("matched_sim", float32, "cosine with that sentence"),
    column("best_text_index", int32, "most similar sentence; -1 when none is kept"),
    optional("best_sim", float32, "cosine with the most similar sentence"),
    optional("margin", float32, "matched_sim less the highest other cosine of the image"),
    column("dom_text_index", int32, "number of kept sentences before it on the page"),
    *NOISE,
)

TIER_PICTURE = items(
    column("dom_index", int32, "position among the image references of the page"),
    column("in_core", pa.bool_(), "whether it counts for core: no near copy by tiers.core_image_near_copy"),
    optional("in_ff", pa.bool_(), "whether no face was found on it; null where none was looked for"),
)

IMAGE_INFO = items(
    column("image_name", string, "content hash and extension: unique per content"),
    column("raw_url", string, "absolute URL of the picture"),
    column("content_hash", string, "sha256 of the bytes fetched, hex"),
    optional("perceptual_hash", string, "64-bit DCT hash, 16 hex digits"),
    column("width_px", int32, "width, px"),
    column("height_px", int32, "height, px"),
    column("media_type", string, "media type by the bytes"),
    optional("nsfw", float32, "highest probability of not safe for work by a detector, 0 to 1; null if none looked"),
    optional("n_faces", int32, "faces that the detector is sure of; null when it did not look"),
    optional("alt", string, "alternative text as declared"),
    optional("caption", string, "text of the figcaption of its figure"),
    column("matched_text_index", int32, "sentence assigned to the picture"),
    column("matched_sim", float32, "cosine with that sentence, -1 to 1"),
    optional("margin", float32, "matched_sim less the highest other cosine; null with one sentence"),
    column("dom_index", int32, "position among the image references of the page"),
    column("dom_text_index", int32, "number of sentences of text_list before it on the page"),
    optional("fused_text_index", int32, "sentence by similarity_matrix + page_matrix; null where there is none"),
    *NOISE,
    optional("core_text_index", int32, "sentence when pictures in core alone are matched; null outside of core"),
    optional("ff_text_index", int32, "sentence when pictures in ff alone are matched; null outside of ff"),
    optional("core_ff_text_index", int32, "sentence when pictures in both are matched; null outside of core-ff"),
)

TOKEN_COUNT = items(
    column("name", string, "name of the tokenizer or of the rule"),
    column("n", int64, "number of tokens"),
)

TIERS = (
    optional("in_core", pa.bool_(), "whether it is in core; null when not decided, as no high similarity is set"),
    optional("in_ff", pa.bool_(), "whether it is in ff, fewer faces; null when no faces were looked for"),
    optional("in_core_ff", pa.bool_(), "whether it is in both, by its pictures without faces alone; null as above"),
)

# Hugging Face datasets takes a column for pictures only when all of it may be null.
PICTURE = items(
    optional("bytes", pa.binary(), "the picture as kept in `images`; null when references alone are published"),
    optional("path", string, "image_name of the picture, never null"),
)


def filed_schema(table: Table) -> pa.Schema:
    """The columns of a table and, last, the chunk under which each row is filed."""
    return table.schema.append(column("chunk", string, "chunk under which the row is filed"))
