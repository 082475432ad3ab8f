"""Tables of WARC files and of the pages in them."""

from __future__ import annotations

import pyarrow as pa

from corpus.columns import (
    BLOCK,
    CORPUS,
    EVALUATION_SETS,
    IMAGE_REFERENCE,
    PROVENANCE,
    REPLACED,
    Table,
    column,
    float32,
    float64,
    int32,
    int64,
    items,
    optional,
    scores,
    string,
    time,
)

WARC_FILES = Table(
    name="warc_files",
    doc="One row per WARC file given: how far it could be read.",
    schema=pa.schema([
        column("warc_filename", string, "path or address as given"),
        column("outcome", string, "kept when read to its end, else what stopped the reading"),
        column("file_bytes", int64, "bytes read from the file"),
        column("n_records", int64, "records read, of any kind"),
        column("n_pages", int64, "HTML responses among them: rows in documents"),
        column("n_captures", int64, "image responses, redirects, revisits of other URLs: rows in captures"),
        column("n_revisits", int64, "revisits among them: captures that answered as an earlier one did"),
        column("n_faults", int64, "faults met in the file"),
        optional("fault", string, "the first fault: what, and why"),
        optional("fault_offset", int64, "offset of the first fault, bytes"),
        column("elapsed_s", float64, "seconds spent on the file"),
    ]),
    key=("warc_filename",),
    sections=("warc.*", "extract.*"),
    outcome="outcome",
    n_bytes="file_bytes",
    sums=("n_pages",),
    revision=1,
)

DOCUMENTS = Table(
    name="documents",
    doc="One row per HTML page: where it is from, its sentences in reading order, its image references.",
    schema=pa.schema([
        *PROVENANCE,
        column("outcome", string, "kept, or why no document could be made of the page"),
        optional("fault", string, "what went wrong, when something did"),
        optional("preview_url", string, "og:image or the like: what stands for the page elsewhere, no image reference"),
        optional("content_type", string, "media type as declared by the server"),
        optional("charset", string, "character encoding used to read the page"),
        column("html_bytes", int64, "size of the page after transfer and content decoding, bytes"),
        optional("language_probability", float32, "probability of `language`, 0 to 1"),
        column("robots", pa.list_(string), "robots directives of page and headers, sorted; `x: ` begins those for x"),
        column("tdm_reserved", pa.bool_(), "whether page or server reserves text and data mining (W3C TDMRep)"),
        optional("text_hash", string, "hash of the sentences, case and white space folded; null without text"),
        column("sentences", pa.list_(string), "sentences in reading order"),
        column("blocks", BLOCK, "blocks in reading order; together they cover the sentences"),
        column("image_references", IMAGE_REFERENCE, "image references in page order"),
        column("text_scores", scores, "score per text filter, by its name; without those that cannot be measured"),
    ]),
    key=("document_id",),
    sections=("warc.*", "extract.*"),
    outcome="outcome",
    n_bytes="html_bytes",
    items=("sentences", "image_references.dom_index"),
    revision=6,
)

CAPTURES = Table(
    name="captures",
    doc="One row per image response, redirect and revisit of another URL in the WARC files: where its bytes lie.",
    schema=pa.schema([
        column("image_url_id", string, "identity of the normalised URL"),
        column("url", string, "URL as captured"),
        column("warc_filename", string, "WARC file that holds the response"),
        column("warc_record_offset", int64, "offset of the record in the file, bytes"),
        optional("http_status", int32, "status of the captured response; null for a revisit"),
        optional("media_type_declared", string, "Content-Type as declared by the server"),
        optional("location", string, "absolute target of a redirect; for a revisit, the URL that it refers to"),
        optional("location_url_id", string, "identity of the normalised target"),
        optional("fetch_time", time, "capture time"),
    ]),
    key=("warc_filename", "warc_record_offset"),
    sections=("warc.*", "extract.*"),
    revision=1,
)

PAGE_SIGNATURES = Table(
    name="page_signatures",
    doc="One row per kept document: what duplicates are found by, in this crawl and in later ones.",
    schema=pa.schema([
        column("document_id", string, "the document"),
        column("url", string, "URL of the page as captured"),
        optional("fetch_time", time, "capture time"),
        optional("text_hash", string, "hash of the sentences, case and white space folded"),
        column("n_image_references", int32, "image references of the document"),
        column("n_characters", int32, "length of its text, characters"),
        column("signature", pa.list_(int32), "MinHash [bands * rows_per_band], band by band; empty without a word"),
    ]),
    key=("document_id",), inputs=("documents",),
    sections=("dedup.shingle_words", "dedup.bands", "dedup.rows_per_band"),
)

PAGE_CLUSTERS = Table(
    name="page_clusters",
    doc="One row per document for which another one stands: copies of its URL, of its text, and near copies.",
    schema=pa.schema([
        column("document_id", string, "the document"),
        column("relation", string, "url or text: the same as that of another; near: nearly the same text"),
        column("representative", string, "the document that stands for its cluster: the same for all of a cluster"),
        optional("found_in", string, "folder of the earlier corpus that holds the representative; null: this one"),
        optional("similar_to", string, "for near: of the documents it was compared with, the one most like it"),
        optional("jaccard", float64, "Jaccard similarity with that document, of their sets of shingles"),
        optional("is_estimate", pa.bool_(), "whether jaccard is estimated by signatures, else exact"),
    ]),
    key=("document_id",), inputs=("documents", "page_signatures"),
    sections=("dedup.keep_of_url", "dedup.min_jaccard", "dedup.shingle_words", "dedup.bands", "dedup.rows_per_band"),
    scope=CORPUS,
)

PAGE_SCREENINGS = Table(
    name="page_screenings",
    doc="One row per kept document, none where no list is asked for: flagged words and texts of evaluation sets in it.",
    schema=pa.schema([
        column("document_id", string, "the document"),
        optional("flagged_words", float64, "share of its words in the list of its language; null without a list"),
        column("evaluation_sets", EVALUATION_SETS, "evaluation sets of which texts stand in it"),
    ]),
    key=("document_id",), inputs=("documents",), sections=("dedup.evaluation_words",),
)

PAGE_DECISIONS = Table(
    name="page_decisions",
    doc="One row per document: text filters and duplicates, decided before any download.",
    schema=pa.schema([
        column("document_id", string, "the document"),
        column("outcome", string, "kept, the outcome of documents, or the name of the filter that dropped it"),
        column("scores", scores, "score per page filter, kept or not"),
        optional("duplicate_of", string, "document_id of the document that stands for it, for duplicates"),
        column("n_sentences", int32, "sentences of the document"),
        column("n_image_references", int32, "image references of the document"),
        column("evaluation_sets", pa.list_(string), "names of the evaluation sets of which texts stand in it"),
        column("host_boilerplate_blocks", pa.list_(int32), "indices of blocks that the host repeats; none for copies"),
    ]),
    key=("document_id",), inputs=("documents", "page_clusters", "page_screenings"),
    sections=("filters.page_*", "dedup.flag_only"),
    scope=CORPUS, outcome="outcome",
    sums=("n_sentences", "n_image_references"),
    revision=4,
)

BLOCK_DECISIONS = Table(
    name="block_decisions",
    doc="One row per page kept by page_decisions: which of its sentences are kept, by the filters on their blocks.",
    schema=pa.schema([
        column("document_id", string, "the document"),
        column("sentences", items(
            column("outcome", string, "kept, or the name of the filter that dropped its block"),
            optional("text", string, "with placeholders for personal data and secrets; null where it holds none"),
        ), "one per sentence of the document; text_list of the product has the kept ones"),
        column("replaced", REPLACED, "personal data and secrets found in the kept sentences, by kind"),
    ]),
    key=("document_id",), inputs=("documents", "page_decisions"), sections=("filters.block_*", "privacy.*"),
    items=("sentences.outcome",),
    revision=3,
)
