"""The tables: every column with its type, unit and meaning, declared once.

Goes in: nothing. Comes out: one `Table` per table of the chain, in the order in which they are made.
"""

from __future__ import annotations

import pyarrow as pa

from corpus.columns import (
    ALIGNED_IMAGE,
    BLOCK,
    CORPUS,
    IMAGE_INFO,
    IMAGE_REFERENCE,
    PICTURE,
    PROVENANCE,
    Table,
    column,
    float32,
    float64,
    int32,
    int64,
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
        column("n_captures", int64, "image responses and redirects among them: rows in captures"),
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
)

DOCUMENTS = Table(
    name="documents",
    doc="One row per HTML page: where it is from, its sentences in reading order, its image references.",
    schema=pa.schema([
        *PROVENANCE,
        column("outcome", string, "kept, or why no document could be made of the page"),
        optional("fault", string, "what went wrong, when something did"),
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
    revision=2,
)

CAPTURES = Table(
    name="captures",
    doc="One row per image response and per redirect found in the WARC files: where its bytes lie.",
    schema=pa.schema([
        column("image_url_id", string, "identity of the normalised URL"),
        column("url", string, "URL as captured"),
        column("warc_filename", string, "WARC file that holds the response"),
        column("warc_record_offset", int64, "offset of the record in the file, bytes"),
        column("http_status", int32, "status of the captured response"),
        optional("media_type_declared", string, "Content-Type as declared by the server"),
        optional("location", string, "absolute target of a redirect"),
        optional("location_url_id", string, "identity of the normalised target"),
        optional("fetch_time", time, "capture time"),
    ]),
    key=("warc_filename", "warc_record_offset"),
    sections=("warc.*", "extract.*"),
)

PAGE_DECISIONS = Table(
    name="page_decisions",
    doc="One row per document: text filters and exact duplicates, decided before any download.",
    schema=pa.schema([
        column("document_id", string, "the document"),
        column("outcome", string, "kept, the outcome of documents, or the name of the filter that dropped it"),
        column("scores", scores, "score per page filter, kept or not"),
        optional("duplicate_of", string, "document_id of the copy that was kept, for duplicates"),
        column("n_sentences", int32, "sentences of the document"),
        column("n_image_references", int32, "image references of the document"),
    ]),
    key=("document_id",), inputs=("documents",), sections=("filters.page_*",),
    scope=CORPUS, outcome="outcome",
    sums=("n_sentences", "n_image_references"),
)

IMAGE_URLS = Table(
    name="image_urls",
    doc="One row per distinct image URL of the kept pages, filed under the first chunk that shows it.",
    schema=pa.schema([
        column("image_url_id", string, "identity of the normalised URL"),
        column("url", string, "absolute URL"),
        optional("capture_url", string, "URL of the capture that answers it, after redirects within the archive"),
        optional("warc_filename", string, "WARC file that holds the capture"),
        optional("warc_record_offset", int64, "offset of the capture, bytes"),
        optional("http_status", int32, "status of the capture"),
    ]),
    key=("image_url_id",),
    inputs=("documents", "page_decisions", "captures"),
    sections=("fetch.images", "fetch.max_*", "fetch.deadline_s"),
    scope=CORPUS,
)

IMAGES = Table(
    name="images",
    doc="One row per distinct image URL: what fetching it gave.",
    schema=pa.schema([
        column("image_url_id", string, "identity of the normalised URL"),
        column("url", string, "absolute URL"),
        column("source", string, "archive or web"),
        column("outcome", string, "kept when a whole picture was read, else one of the statuses of fetch"),
        optional("fault", string, "what went wrong, when something did"),
        optional("http_status", int32, "status of the last answer"),
        optional("final_url", string, "URL after redirects"),
        column("attempts", int32, "requests made, redirects not counted"),
        column("elapsed_s", float64, "seconds spent on it"),
        optional("fetch_time", time, "when it was fetched or captured"),
        optional("media_type_declared", string, "Content-Type as declared by the server"),
        optional("media_type", string, "media type by the bytes"),
        column("content_bytes", int64, "size of the body, bytes; 0 without one"),
        optional("content_hash", string, "sha256 of the bytes fetched, hex"),
        optional("width_px", int32, "width after EXIF orientation, px"),
        optional("height_px", int32, "height after EXIF orientation, px"),
        optional("perceptual_hash", string, "64-bit DCT hash, 16 hex digits"),
        optional("bytes", pa.binary(), "the bytes fetched; null unless kept"),
    ]),
    key=("image_url_id",),
    inputs=("image_urls",),
    sections=("fetch.images", "fetch.max_*", "fetch.deadline_s"),
    outcome="outcome",
    n_bytes="content_bytes",
)

IMAGE_CONTENTS = Table(
    name="image_contents",
    doc="One row per distinct image content, filed under the chunk whose `images` row holds its bytes.",
    schema=pa.schema([
        column("content_hash", string, "sha256 of the bytes, hex"),
        column("image_url_id", string, "the image URL whose row holds the bytes"),
        column("outcome", string, "kept when it is to be embedded, else small: under encode.min_side_px"),
        column("n_documents", int64, "kept pages that show it"),
        column("width_px", int32, "width, px"),
        column("height_px", int32, "height, px"),
    ]),
    key=("content_hash",),
    inputs=("documents", "page_decisions", "images"),
    sections=("encode.encoder", "encode.min_side_px"),
    scope=CORPUS, outcome="outcome",
)

IMAGE_FEATURES = Table(
    name="image_features",
    doc="One row per embedded image content.",
    schema=pa.schema([
        column("content_hash", string, "sha256 of the bytes, hex"),
        column("outcome", string, "kept, or undecodable"),
        column("encoder", string, "identity of the encoder: name and hash of its weights"),
        column("n_dimensions", int32, "length of the embedding"),
        optional("embedding", pa.binary(), "unit vector, float16 little-endian [n_dimensions]"),
    ]),
    key=("content_hash",),
    inputs=("image_contents", "images"),
    sections=("encode.encoder", "encode.min_side_px"),
    outcome="outcome",
)

IMAGE_DECISIONS = Table(
    name="image_decisions",
    doc="One row per image reference of a kept page: image filters and image duplicates, before the assignment.",
    schema=pa.schema([
        column("document_id", string, "the document"),
        column("dom_index", int32, "position among the image references of the page"),
        column("image_url_id", string, "identity of the normalised URL"),
        column("url", string, "absolute URL"),
        column("dom_text_index", int32, "number of sentences before it on the page"),
        column("outcome", string, "kept, the outcome of images, or the name of the filter that dropped it"),
        column("scores", scores, "score per image filter, kept or not"),
        optional("content_hash", string, "sha256 of the bytes, hex"),
        optional("content_chunk", string, "chunk under which the content and its embedding are filed"),
        optional("width_px", int32, "width, px"),
        optional("height_px", int32, "height, px"),
        optional("media_type", string, "media type by the bytes"),
        optional("perceptual_hash", string, "64-bit DCT hash, 16 hex digits"),
    ]),
    key=("document_id", "dom_index"),
    inputs=("documents", "page_decisions", "images", "image_contents", "image_features"),
    sections=("filters.image_*",),
    scope=CORPUS, outcome="outcome",
)

SENTENCE_EMBEDDINGS = Table(
    name="sentence_embeddings",
    doc="One row per document that still owns an image: the embeddings of its sentences.",
    schema=pa.schema([
        column("document_id", string, "the document"),
        column("encoder", string, "identity of the encoder"),
        column("n_sentences", int32, "number of sentences"),
        column("n_dimensions", int32, "length of an embedding"),
        column("embeddings", pa.binary(), "unit vectors, float16 little-endian [n_sentences, n_dimensions]"),
    ]),
    key=("document_id",), inputs=("documents", "image_decisions"),
    sections=("encode.encoder", "encode.min_side_px"),
)

ALIGNMENTS = Table(
    name="alignments",
    doc="One row per document that still owns an image: similarity matrix and assignment.",
    schema=pa.schema([
        column("document_id", string, "the document"),
        column("images", ALIGNED_IMAGE, "one per image that passed the image filters, in page order"),
        column("similarity_matrix", pa.list_(pa.list_(float32)), "cosine [n_images, n_sentences], rows as in images"),
    ]),
    key=("document_id",),
    inputs=("documents", "image_decisions", "image_features", "sentence_embeddings"),
    sections=("align.*",),
    items=("images.outcome",),
)

DOCUMENT_DECISIONS = Table(
    name="document_decisions",
    doc="One row per document: its final fate.",
    schema=pa.schema([
        column("document_id", string, "the document"),
        column("outcome", string, "kept, the outcome of page_decisions, or the name of the filter that dropped it"),
        column("scores", scores, "score per document filter, kept or not"),
        column("n_sentences", int32, "sentences of the document"),
        column("n_images", int32, "pictures of the document that have a sentence"),
    ]),
    key=("document_id",), inputs=("documents", "page_decisions", "alignments"),
    sections=("filters.document_*",),
    outcome="outcome",
    sums=("n_sentences", "n_images"),
)

INTERLEAVED = Table(
    name="interleaved",
    doc="The product: one row per kept document, its sentences, its pictures and where they stand.",
    schema=pa.schema([
        *PROVENANCE,
        column("text_list", pa.list_(string), "sentences in reading order"),
        column("image_info", IMAGE_INFO, "one per kept picture, sorted by matched_text_index, then dom_index"),
        optional("images", PICTURE, "the pictures, in the order of image_info, as Hugging Face's Image feature"),
        column("similarity_matrix", pa.list_(pa.list_(float32)), "cosine [n_images, n_sentences], rows as image_info"),
        column("mean_matched_sim", float32, "mean of matched_sim"),
        column("n_words", int32, "words in text_list; characters where the script has no spaces"),
    ]),
    key=("document_id",),
    inputs=("documents", "document_decisions", "image_decisions", "alignments", "images", "image_contents"),
    sections=("release.*",),
    items=("text_list", "image_info.dom_index"),
)

FUNNEL = Table(
    name="funnel",
    doc="Counts of every outcome of every table, from written data.",
    schema=pa.schema([
        column("unit", string, "file, page, sentence, image reference, image URL, image content or capture"),
        column("table", string, "table that was counted"),
        column("outcome", string, "kept, or the name of what dropped it"),
        column("n_rows", int64, "rows, or items, with this outcome"),
        column("n_bytes", int64, "bytes of these rows, where rows carry bytes; else 0"),
        column("stage_s", float64, "seconds that the table took, repeated on each of its rows"),
    ]),
    key=("unit", "table", "outcome"),
    inputs=("interleaved",),
    scope=CORPUS,
)

ALL = (
    WARC_FILES, DOCUMENTS, CAPTURES, PAGE_DECISIONS, IMAGE_URLS, IMAGES, IMAGE_CONTENTS, IMAGE_FEATURES,
    IMAGE_DECISIONS, SENTENCE_EMBEDDINGS, ALIGNMENTS, DOCUMENT_DECISIONS, INTERLEAVED, FUNNEL,
)
TABLES: dict[str, Table] = {table.name: table for table in ALL}
