"""The sections of the settings but for the bounds: each default stands beside its source.

Goes in: nothing. Comes out: one class per section. Sections are named like the modules they govern; `places` and
`spark` hold places and sizes only and change no result, so no digest reads them.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from corpus.config.section import Section


class Places(Section):
    """Where to read and write."""

    inputs: tuple[str, ...] = Field((), description="WARC files: paths, globs, addresses, listings of paths")
    reuse: tuple[str, ...] = Field(
        (),
        description="output folders of other builds: what they have got and embedded is not got and embedded again",
    )
    out: str = Field(
        "corpus-out", description="output folder: a local path, or an s3://, gs:// or hdfs:// URI"
    )


class Spark(Section):
    """How much at a time."""

    master: str | None = Field(None, description="Spark master; null: that of spark-submit, else local[*]")
    files_per_chunk: int = Field(10, ge=1, description="WARC files per chunk, the unit of resuming")
    tasks: int | None = Field(None, ge=1, description="tasks per stage and chunk; null: twice the cores")
    chunks_in_flight: int = Field(1, ge=1, description="chunks worked on at the same time")
    max_gap_bytes: int = Field(
        2**20,
        ge=0,
        description="selected records with less between them are got by one request, which costs more",
    )
    rows_per_batch: int = Field(64, ge=1, le=256, description="rows per Arrow batch handed to Python")


class Warc(Section):
    """Reading WARC records."""

    crawl: str = Field("", description="name of the crawl, written into every document")
    max_record_bytes: int = Field(
        64 * 2**20, description="larger bodies are not read; Common Crawl cuts at 1 MiB"
    )


class Extract(Section):
    """Turning pages into documents."""

    max_html_bytes: int = Field(4 * 2**20, description="larger pages are dropped as too_large")
    max_elements: int = Field(200_000, description="pages with more are dropped as too_many_elements")
    deadline_s: float = Field(20.0, gt=0, description="CPU seconds for one page")
    max_memory_bytes: int = Field(2**30, ge=2**27, description="memory that reading one page may take")
    max_image_references: int = Field(1_000, description="image references kept per page, the first ones")


class Fetch(Section):
    """Getting the bytes of images."""

    images: Literal["archive", "web"] = Field(
        "archive", description="archive: captures in the same WARC files"
    )
    contact: str | None = Field(None, description="URL or e-mail put into the User-Agent; needed for web")
    deadline_s: float = Field(20.0, gt=0, description="for one URL, redirects and repetitions included")
    task_deadline_s: float = Field(1_800.0, gt=0, description="for one task; what is left ends as deadline")
    max_image_bytes: int = Field(10_000_000, description="larger bodies are dropped as too_large")
    max_header_bytes: int = Field(
        16_384, ge=256, description="a longer line in the head of an answer makes it an http_error"
    )
    min_bytes_per_s: float = Field(
        1_000.0, gt=0, description="bodies that come in slower are dropped as too_slow"
    )
    min_rate_after_s: float = Field(5.0, gt=0, description="seconds of a body that min_bytes_per_s forgives")
    allowed_ports: tuple[int, ...] = Field((80, 443), min_length=1, description="others are not asked")
    max_pixels: int = Field(89_478_485, description="larger pictures are not decoded; Pillow's own limit")
    max_decode_s: float = Field(20.0, gt=0, description="CPU seconds for decoding one picture")
    max_decode_bytes: int = Field(2**30, ge=2**27, description="memory that decoding one picture may take")
    resize_mode: Literal["no", "keep_ratio_largest"] = Field(
        "keep_ratio_largest", description="what becomes of larger pictures, by img2dataset's names"
    )
    max_side_px: int = Field(
        1_600, ge=1, description="longest side of a picture that is kept as it was fetched"
    )
    keep_metadata: bool = Field(
        False, description="true keeps EXIF, XMP, IPTC and comments: places, names, devices"
    )
    opt_outs: str | None = Field(
        None, description="list of domains, URL beginnings and sha256 hashes that are left out: a path or URI"
    )
    max_redirects: int = Field(5, ge=0)
    max_attempts: int = Field(3, ge=1, description="requests per URL while its failure is one that may pass")
    retry_pause_s: float = Field(1.0, ge=0, description="before the first repetition; doubled with each")
    max_pause_s: float = Field(60.0, ge=0, description="hosts that ask for longer ones are left alone")
    round: int | None = Field(
        None, ge=0, description="raised by --retry-failed; null: as in the last finished build"
    )
    connections: int = Field(64, ge=1, description="open connections per task")
    connections_per_host: int = Field(2, ge=1, description="open connections per host and task")
    requests_per_s_per_host: float = Field(4.0, gt=0, description="request rate per host and task")


class Encode(Section):
    """Embedding pictures and sentences."""

    encoder: str = Field(
        "demo", description="model/pretrained as open_clip names them, a checkpoint folder, or demo"
    )
    images_per_batch: int = Field(64, ge=1)
    sentences_per_batch: int = Field(256, ge=1)
    min_side_px: int = Field(
        100, ge=1, description="smaller pictures are not embedded: they cost and never pass"
    )


class Evidence(Section):
    """Weights of what the page says of a picture and a sentence, in log-odds: fitted by `python -m bench.alignment` on
    479 figures of two textbooks, each read with and without the places that name them (docs/alignment.md)."""

    near: float = Field(
        2.5, description="sentence in the body block next to the picture, before it unless they lead"
    )
    distance: float = Field(-1.0, description="per log(1 + body blocks between sentence and picture)")
    other_side: float = Field(
        -1.3, description="sentence after the picture, or before it where pictures lead"
    )
    heading: float = Field(-0.7, description="sentence in a heading")
    words: float = Field(
        1.5, description="per share of the caption that stands in the block, and of alt, title and file name"
    )
    sentence_words: float = Field(
        1.6, description="per share of them that stands in the sentence, in the same way"
    )
    reference: float = Field(9.3, description="sentence names the number of the picture, as in Figure 2")


class Align(Section):
    """Matching pictures with sentences."""

    min_similarity: float | None = Field(
        None,
        description="best cosine under it drops a picture (MMC4: 0.15 for ViT-L/14); null: the encoder's own",
    )
    images_per_sentence: int = Field(1, ge=1, description="pictures that one sentence may have (MMC4: 1)")
    sentences_per_unit: int = Field(
        1, ge=1, description="a picture is compared with so many sentences in a row, known by the first"
    )
    may_stay_unassigned: bool = Field(
        False, description="true: dropped when no sentence is left that reaches min_similarity (MMC4: false)"
    )
    min_margin: float | None = Field(
        None, description="dropped when the sentence assigned is not so far above every other; null: never"
    )
    page_weight: float = Field(
        0.0,
        ge=0,
        description="0 matches by cosine alone (MMC4); 0.01 adds what the page says at the scale of CLIP's logits",
    )
    evidence: Evidence = Evidence()


class Release(Section):
    """Writing the product."""

    image_bytes: bool = Field(True, description="false publishes references only")
    row_group_bytes: int = Field(
        64 * 2**20, ge=2**20, le=256 * 2**20, description="bytes of pictures per row group"
    )
