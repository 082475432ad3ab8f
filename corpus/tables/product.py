"""Tables from the matching of images and sentences to the product and its count."""

from __future__ import annotations

import pyarrow as pa

from corpus.columns import (
    ALIGNED_IMAGE,
    CORPUS,
    IMAGE_INFO,
    PICTURE,
    PROVENANCE,
    REPLACED,
    TIER_PICTURE,
    TIERS,
    TOKEN_COUNT,
    Table,
    column,
    float32,
    float64,
    int32,
    int64,
    optional,
    scores,
    string,
)

SENTENCE_EMBEDDINGS = Table(
    name="sentence_embeddings",
    doc="One row per document that still owns an image and a sentence: the embeddings of its sentences.",
    schema=pa.schema([
        column("document_id", string, "the document"),
        column("encoder", string, "identity of the encoder: name, hashes of weights and config, dtype; libraries"),
        column("sentences_hash", int64, "64-bit hash of its kept sentences"),
        column("n_sentences", int32, "number of kept sentences"),
        column("n_dimensions", int32, "length of an embedding"),
        column("embeddings", pa.binary(), "unit vectors, float16 little-endian [n_sentences, n_dimensions]"),
    ]),
    key=("document_id",), inputs=("documents", "block_decisions", "image_decisions"),
    sections=("encode.encoder", "encode.min_side_px"),
)

ALIGNMENTS = Table(
    name="alignments",
    doc="One row per document that still owns an image: similarity matrix and assignment.",
    schema=pa.schema([
        column("document_id", string, "the document"),
        column("images", ALIGNED_IMAGE, "one per image that passed the image filters, in page order"),
        column("similarity_matrix", pa.list_(pa.list_(float32)), "cosine [n_images, n_sentences], rows as in images"),
        optional("shuffle_z", float32, "standard deviations by which the pairs beat a random pairing of themselves"),
        optional("sentence_above", pa.list_(float32),
            "per kept sentence, least share over the pictures of others' sentences more like one; null under 8"),
        optional("picture_mean", pa.binary(),
            "mean direction of its kept pictures, float16 little-endian [n_dimensions]; null without any"),
    ]),
    key=("document_id",),
    inputs=("documents", "block_decisions", "image_decisions", "image_features", "sentence_embeddings"),
    sections=("align.*", "filters.pair_*", "seed"),
    items=("images.outcome",),
    revision=2,
)

DOCUMENT_GROUPS = Table(
    name="document_groups",
    doc="One row per document with a matched picture: the groups that it is in, and how over-represented each is.",
    schema=pa.schema([
        column("document_id", string, "the document"),
        optional("language", string, "ISO 639-1 code of the text"),
        optional("region", string, "sub-region of the United Nations by the host's top-level domain; null if of none"),
        column("topic", int32, "number of its topic: a cluster of mean directions of pictures"),
        optional("language_bias", float64, "logarithm of the language's share of documents over an equal share"),
        optional("region_bias", float64, "the same of the region, among documents that have one"),
        column("topic_bias", float64, "the same of the topic"),
    ]),
    key=("document_id",),
    inputs=("documents", "alignments"),
    sections=("seed",),
    scope=CORPUS,
)

DOCUMENT_DECISIONS = Table(
    name="document_decisions",
    doc="One row per document: its final fate.",
    schema=pa.schema([
        column("document_id", string, "the document"),
        column("outcome", string, "kept, the outcome of page_decisions, or the name of the filter that dropped it"),
        column("scores", scores, "score per document filter, kept or not; per bound of a tier, of kept ones"),
        optional("duplicate_of", string, "document_id of the document that stands for it, for duplicates"),
        column("evaluation_sets", pa.list_(string), "names of the evaluation sets whose texts or pictures are in it"),
        column("n_sentences", int32, "kept sentences of the document"),
        column("n_images", int32, "pictures of the document that have a sentence"),
        *TIERS,
        column("pictures", TIER_PICTURE, "pictures of a kept document and what they count for; else none"),
    ]),
    key=("document_id",),
    inputs=("page_signatures", "page_decisions", "block_decisions", "image_decisions", "alignments",
        "document_groups"),
    sections=("filters.document_*", "dedup.evaluation_bits", "dedup.flag_only", "tiers.*"),
    scope=CORPUS, outcome="outcome",
    sums=("n_sentences", "n_images"), values=("evaluation_sets",),
    revision=4,
)

INTERLEAVED = Table(
    name="interleaved",
    doc="The product: one row per kept document, its sentences, its pictures and where they stand.",
    schema=pa.schema([
        *PROVENANCE,
        column("text_list", pa.list_(string), "kept sentences in reading order"),
        column("image_info", IMAGE_INFO, "one per kept picture, sorted by matched_text_index, then dom_index"),
        optional("images", PICTURE, "the pictures, in the order of image_info, as Hugging Face's Image feature"),
        column("similarity_matrix", pa.list_(pa.list_(float32)), "cosine [n_images, n_sentences], rows as image_info"),
        optional("page_matrix", pa.list_(pa.list_(float32)),
            "what place, words and citations add to similarity_matrix for fused_text_index; null where not known"),
        column("mean_matched_sim", float32, "mean of matched_sim"),
        optional("shuffle_z", float32, "standard deviations by which the pairs beat a random pairing of themselves"),
        optional("sampling_bias", float32, "how over-represented language, region and topic are: sum of logarithms"),
        optional("far_sentences", pa.list_(int32), "places among the page's kept sentences of those left out as far"),
        column("evaluation_sets", pa.list_(string), "names of the evaluation sets whose texts or pictures are in it"),
        column("replaced", REPLACED, "findings that have placeholders in text_list, title, alt and caption, by kind"),
        column("n_sentences", int32, "sentences in text_list"),
        column("n_images", int32, "pictures in image_info"),
        column("n_words", int32, "words in text_list; characters where the script has no spaces"),
        column("n_text_tokens", TOKEN_COUNT, "tokens of text_list joined by spaces, per tokenizer"),
        column("n_image_tokens", TOKEN_COUNT, "tokens of all pictures, per rule"),
        *TIERS,
        column("sample_key", float64, "hash of document_id, from 0 to under 1: sample_key < 0.03 is a sample of 3 %"),
    ]),
    key=("document_id",),
    inputs=(
        "documents", "block_decisions", "document_decisions", "image_decisions", "alignments", "images",
        "image_contents", "image_safety",
    ),
    sections=("release.*", "privacy.*", "filters.sentence_*"),
    items=("text_list", "image_info.dom_index", "far_sentences"),
    revision=4,
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
