"""Tables of images: their URLs, their bytes, their contents, their features, their decisions."""

from __future__ import annotations

import pyarrow as pa

from corpus.columns import (
    CORPUS,
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

IMAGE_URLS = Table(
    name="image_urls",
    doc="One row per distinct URL of image references that pass their filters, filed under the first chunk with one.",
    schema=pa.schema([
        column("image_url_id", string, "identity of the normalised URL"),
        column("url", string, "absolute URL; for a data: URI its media type and hash"),
        optional("capture_url", string, "URL of the capture that answers it, after redirects within the archive"),
        optional("warc_filename", string,
            "WARC file that holds the capture, or the page with the data: URI; or shard of img2dataset"),
        optional("warc_record_offset", int64, "offset of that record, bytes; or number of the row in the shard"),
        optional("warc_record_length", int64, "length of that record, bytes; null of captures in the WARC files given"),
        optional("http_status", int32, "status of the capture"),
    ]),
    key=("image_url_id",),
    inputs=("documents", "page_decisions", "captures"),
    sections=("fetch.images", "fetch.folder", "fetch.captures", "fetch.max_redirects",
        "filters.image_url_words", "filters.image_content"),
    scope=CORPUS,
    revision=3,
)

IMAGES = Table(
    name="images",
    doc="One row per distinct image URL: what fetching it gave.",
    schema=pa.schema([
        column("image_url_id", string, "identity of the normalised URL"),
        column("url", string, "absolute URL"),
        column("source", string, 
            "archive, web, img2dataset, cache: the row of an earlier table, or page: a data: URI"),
        column("outcome", string, "kept when a whole picture was read, else one of the statuses of fetch"),
        optional("fault", string, "what went wrong, when something did"),
        optional("http_status", int32, "status of the last answer"),
        optional("final_url", string, "URL after redirects"),
        column("attempts", int32, "requests made, redirects not counted"),
        column("elapsed_s", float64, "seconds spent on it"),
        optional("fetch_time", time, "when it was fetched or captured; when img2dataset finished its shard"),
        optional("media_type_declared", string, "Content-Type as declared by the server"),
        optional("robots_url", string, "robots.txt that was asked; null from the archive"),
        optional("robots_status", int32, "status of its answer"),
        optional("robots_rule", string, "the rule that decided, as `Allow: /pattern`; null when none matched"),
        optional("x_robots_tag", string, "X-Robots-Tag of the last answer, several one a line"),
        optional("tdm_reservation", string, "header tdm-reservation of the last answer: 1 reserves mining"),
        optional("tdm_policy", string, "header tdm-policy of the last answer: where licences are offered"),
        optional("media_type", string, "media type by the bytes kept"),
        column("content_bytes", int64, "size of the body, bytes; 0 without one"),
        optional("content_hash", string,
            "sha256 of the bytes fetched, hex; from fetch.folder of those in the shard, mostly encoded anew"),
        optional("fetched_width_px", int32, "width as fetched, after EXIF orientation, px"),
        optional("fetched_height_px", int32, "height as fetched, after EXIF orientation, px"),
        optional("width_px", int32, "width as kept, after EXIF orientation, px"),
        optional("height_px", int32, "height as kept, after EXIF orientation, px"),
        optional("perceptual_hash", string, "64-bit DCT hash of the picture as kept, 16 hex digits"),
        optional("bytes", pa.binary(), "the picture as the settings let it be kept; null unless kept"),
    ]),
    key=("image_url_id",),
    inputs=("image_urls",),
    sections=("fetch.images", "fetch.engine", "fetch.max_*", "fetch.min_*", "fetch.deadline_s", "fetch.allowed_ports",
        "fetch.round", "fetch.keep_*", "fetch.resize_*"),
    outcome="outcome",
    n_bytes="content_bytes", source="source",
    revision=3,
)

IMAGE_CONTENTS = Table(
    name="image_contents",
    doc="One row per distinct image content, filed under the chunk whose `images` row holds its bytes.",
    schema=pa.schema([
        column("content_hash", string, "sha256 of the bytes, hex"),
        column("image_url_id", string, "the image URL whose row holds the bytes"),
        column("outcome", string, "kept when it is to be embedded, else small: under encode.min_side_px"),
        column("cluster", string, "content_hash of the largest of the pictures that look alike; its own if none does"),
        column("n_documents", int64, "kept pages that show a picture of its cluster"),
        column("width_px", int32, "width, px"),
        column("height_px", int32, "height, px"),
    ]),
    key=("content_hash",),
    inputs=("documents", "page_decisions", "images"),
    sections=("encode.encoder", "encode.min_side_px", "dedup.image_bits"),
    scope=CORPUS, outcome="outcome", revision=2,
)

IMAGE_SIGNS = Table(
    name="image_signs",
    doc="One row per image content that is to be embedded: what its pixels say of it, whatever the encoder.",
    schema=pa.schema([
        column("content_hash", string, "sha256 of the bytes, hex"),
        column("scores", scores, "score per filter on its pixels, by its name; none of an undecodable one"),
        column("measured_by", string, "revision of the measures; versions of libraries"),
    ]),
    key=("content_hash",),
    inputs=("image_contents", "images"),
)

IMAGE_FEATURES = Table(
    name="image_features",
    doc="One row per embedded image content.",
    schema=pa.schema([
        column("content_hash", string, "sha256 of the bytes, hex"),
        column("outcome", string, "kept, or undecodable"),
        column("encoder", string, "identity of the encoder: name, hashes of weights and config, dtype; libraries"),
        column("n_dimensions", int32, "length of the embedding"),
        optional("embedding", pa.binary(), "unit vector, float16 little-endian [n_dimensions]"),
    ]),
    key=("content_hash",),
    inputs=("image_contents", "images"),
    sections=("encode.encoder", "encode.min_side_px"),
    outcome="outcome",
    revision=2,
)

IMAGE_NEIGHBOURS = Table(
    name="image_neighbours",
    doc="One row per embedded image content that is like another one, none where dedup.image_embeddings is off.",
    schema=pa.schema([
        column("content_hash", string, "sha256 of the bytes, hex"),
        column("similar_to", string,
            "content_hash of the likest of those compared that are preferred: of a longer shorter side, then larger"),
        column("cosine", float64, "cosine of their embeddings, -1 to 1"),
    ]),
    key=("content_hash",),
    inputs=("image_contents", "image_features"),
    sections=("dedup.image_embeddings",),
    scope=CORPUS,
)

FACE = items(
    column("left", float32, "left edge, share of the width"),
    column("top", float32, "upper edge, share of the height"),
    column("width", float32, "width, share of the picture's"),
    column("height", float32, "height, share of the picture's"),
    column("score", float32, "how sure the detector is, 0.3 to 1"),
)

IMAGE_SAFETY = Table(
    name="image_safety",
    doc="One row per embedded image content: what the detectors of safety.detectors say of it.",
    schema=pa.schema([
        column("content_hash", string, "sha256 of the bytes, hex"),
        column("scores", scores,
            "probability per detector, 0 to 1: not safe for work, or of face_head a face; without those not measured"),
        optional("faces", FACE, "boxes of faces, the surest first; null when they were not looked for"),
        column("measured_by", string, "identities of the detectors, one a line: model, hash of its files, encoder"),
    ]),
    key=("content_hash",),
    inputs=("image_contents", "images", "image_features"),
    sections=("safety.detectors",),
)

IMAGE_KINDS = Table(
    name="image_kinds",
    doc="One row per embedded image content: how near it is to kinds of pictures; none where the encoder has no words.",
    schema=pa.schema([
        column("content_hash", string, "sha256 of the bytes, hex"),
        column("scores", scores, "score per filter on its kind, by its name: difference of two cosines"),
        column("measured_by", string, "revision of the prompts and identity of the encoder"),
    ]),
    key=("content_hash",),
    inputs=("image_features",),
)

IMAGE_DECISIONS = Table(
    name="image_decisions",
    doc="One row per image reference of a kept page: filters on it and its image, duplicates, before the assignment.",
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
    inputs=("documents", "page_decisions", "images", "image_contents", "image_signs", "image_features",
        "image_neighbours", "image_kinds", "image_safety"),
    sections=("filters.image_*", "safety.nsfw_*", "safety.vote", "safety.min_face_score",
        "safety.face_head_max"),
    scope=CORPUS, outcome="outcome", revision=4,
)
