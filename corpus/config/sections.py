"""The sections of the settings but for the bounds: each default stands beside its source.

Goes in: nothing. Comes out: one class per section. Sections are named like the modules they govern; `places` and
`spark` hold places and sizes only and change no result, so no digest reads them.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

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
    image_urls_per_task: int = Field(
        5_000,
        ge=1,
        description="image URLs that a task asks the web for; tasks divide larger domains, and the rates of a host",
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


class Dedup(Section):
    """Finding duplicates."""

    keep_of_url: Literal["newest", "oldest", "best"] = Field(
        "newest",
        description="capture kept of a URL: OBELICS and OmniCorpus keep the newest, whose images are likeliest to be "
        "there still; best: most image references, then longest text",
    )
    against: tuple[str, ...] = Field(
        (),
        description="output folders of finished builds: what they keep is a duplicate here; texts are not read again",
    )
    shingle_words: int = Field(
        5,
        ge=1,
        description="words per shingle, as FineWeb; characters where a script sets no spaces",
    )
    bands: int = Field(14, ge=1, description="bands of a MinHash signature, as FineWeb")
    rows_per_band: int = Field(
        8, ge=1, description="rows per band, as FineWeb: found from 0.72 on more likely than not"
    )
    min_jaccard: float = Field(
        0.8, gt=0, le=1, description="pages this alike in their shingles are near copies, as in OmniCorpus"
    )
    image_bits: int = Field(
        3,
        ge=0,
        le=6,
        description="bits of 64 in which the hashes of pictures that look alike differ at most; compressing one anew "
        "moves 1.5 on average, and others differ in 18 or more",
    )
    evaluation_texts: tuple[str, ...] = Field(
        (),
        description="sets that models are evaluated on, a file each, named like it: .txt, a text a line; .jsonl and "
        ".parquet, every string in a row; each also as .gz",
    )
    evaluation_images: tuple[str, ...] = Field(
        (),
        description="the same for pictures: a folder of files, or a .parquet file with their bytes in any column",
    )
    evaluation_words: int = Field(
        13,
        ge=1,
        description="words in a row that a page must share with a text, as GPT-3 (arXiv 2005.14165, appendix C); "
        "characters where a script sets no spaces",
    )
    evaluation_bits: int = Field(
        5, ge=0, le=12, description="bits of 64 in which a picture differs from one of a set at most"
    )
    flag_only: tuple[str, ...] = Field(
        (),
        description="names of evaluation sets whose documents are flagged in `evaluation_sets`, not dropped",
    )
    evaluation_index: str | None = Field(
        None, description="hashes of the evaluation sets; null: made from them when the build starts"
    )


class Privacy(Section):
    """Personal data and secrets in texts."""

    replace: tuple[Literal["email", "phone", "ip", "card", "iban", "secret"], ...] = Field(
        ("email", "phone", "ip", "card", "iban", "secret"),
        description="what becomes a placeholder, <EMAIL>, in sentences, titles, alternative texts and captions, before "
        "anything is embedded",
    )


class Fetch(Section):
    """Getting the bytes of images."""

    images: Literal["archive", "web", "img2dataset"] = Field(
        "archive",
        description="archive: captures in the same WARC files; img2dataset: the shards in fetch.folder",
    )
    engine: Literal["built-in", "img2dataset"] = Field(
        "built-in", description="what fetches from the web; img2dataset needs allow_unchecked"
    )
    allow_unchecked: bool = Field(
        False,
        description="true lets engine img2dataset work, which follows redirects wherever they lead, reads no "
        "robots.txt, knows no pace per host, bounds neither size nor time of a body, and calls itself Firefox",
    )
    folder: str | None = Field(
        None, description="output folder of img2dataset, parquet or webdataset; needed for its images"
    )
    contact: str | None = Field(None, description="URL or e-mail put into the User-Agent; needed for web")
    captures: str | None = Field(
        None,
        description="Parquet file as Common Crawl's columnar index is one, with captures of image URLs that the WARC "
        "files do not hold; a path or s3:// URI, known by its name",
    )
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
    max_frames: int = Field(
        1_000, ge=1, description="animations of more frames are not decoded; of others the first frame is"
    )
    max_decode_s: float = Field(20.0, gt=0, description="CPU seconds for decoding one picture")
    max_decode_bytes: int = Field(2**30, ge=2**27, description="memory that decoding one picture may take")
    resize_mode: Literal["no", "keep_ratio", "keep_ratio_largest", "center_crop", "border"] = Field(
        "keep_ratio_largest", description="what becomes of larger pictures, by img2dataset's names"
    )
    max_side_px: int = Field(
        1_600,
        ge=1,
        le=16_384,
        description="side of a picture that is kept as it was fetched: the longest, in keep_ratio and center_crop the "
        "shortest",
    )
    resize_only_if_bigger: bool = Field(
        True, description="false brings smaller pictures to that side too, as img2dataset does by default"
    )
    keep_metadata: bool = Field(
        False, description="true keeps EXIF, XMP, IPTC and comments: places, names, devices"
    )
    keep_encoding: bool = Field(
        False,
        description="true keeps pictures as they were encoded that are turned by EXIF, transparent, of 16 bits, or in "
        "other colours than sRGB",
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
    connections_per_host: int = Field(2, ge=1, description="open connections per host and chunk in flight")
    requests_per_s_per_host: float = Field(4.0, gt=0, description="request rate per host and chunk in flight")

    @model_validator(mode="after")
    def captures_answer_in_archives(self) -> Fetch:
        if self.captures and self.images == "web":
            raise ValueError("fetch.captures is looked up for images of the archive; fetch.images is web")
        return self


class Encode(Section):
    """Embedding pictures and sentences."""

    encoder: str = Field(
        "demo", description="model/pretrained as open_clip names them, a checkpoint folder, or demo"
    )
    dtype: Literal["auto", "float32", "bfloat16"] = Field(
        "auto",
        description="numbers that models multiply; auto: bfloat16 where the machine that starts the build has "
        "instructions for it; part of the encoder's identity, so that tables never mix the two",
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


class Safety(Section):
    """What is not to be shown."""

    detectors: tuple[Literal["nsfw_head", "nsfw_classifier", "nsfw_zero_shot", "faces"], ...] | None = Field(
        None,
        description="what is measured; null: the detectors whose models are in the store and, for nsfw_head, made for "
        "the encoder. nsfw_zero_shot needs none and runs only when it is named",
    )
    nsfw_head_max: float = Field(
        0.1, ge=0, le=1, description="a higher probability is a vote for unsafe; MMC4, section 3"
    )
    nsfw_classifier_max: float = Field(
        0.8,
        ge=0,
        le=1,
        description="a higher probability of porn or hentai is a vote for unsafe; mOSCAR, section 3.4",
    )
    nsfw_zero_shot_max: float = Field(
        0.5,
        ge=0,
        le=1,
        description="a higher probability is a vote for unsafe; not measured, as no figure is published",
    )
    vote: Literal["any", "all", "weighted"] = Field(
        "all",
        description="of the detectors that measured a picture: any of them, all of them (mOSCAR, section 3.4: two), or "
        "the share of their weights makes filters.image_nsfw",
    )
    nsfw_head_weight: float = Field(1, ge=0, allow_inf_nan=False)
    nsfw_classifier_weight: float = Field(1, ge=0, allow_inf_nan=False)
    nsfw_zero_shot_weight: float = Field(1, ge=0, allow_inf_nan=False)
    blocked_sha256: str | None = Field(
        None, description="list of sha256 hashes of pictures that are never kept, one a line: a path or URI"
    )
    blocked_phash: str | None = Field(
        None,
        description="list of 64-bit DCT hashes, as in images.perceptual_hash, of pictures that are never kept",
    )
    blocked_pdq: str | None = Field(None, description="list of PDQ hashes of pictures that are never kept")
    blocked_phash_bits: int = Field(
        4,
        ge=0,
        le=16,
        description="bits of 64 in which hashes that match differ at most; see dedup.image_bits",
    )
    blocked_pdq_bits: int = Field(
        31,
        ge=0,
        le=64,
        description="bits of 256 in which PDQ hashes that match differ at most; Meta's own bound",
    )
    min_face_score: float = Field(
        0.6,
        ge=0.3,
        le=1,
        description="boxes that the detector is less sure of are no faces; OpenCV's example: 0.6 to 0.9",
    )


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
    blur_faces: bool = Field(
        False, description="true blurs the faces of the product's pictures; needs the detector faces"
    )
    row_group_bytes: int = Field(
        64 * 2**20, ge=2**20, le=256 * 2**20, description="bytes of pictures per row group"
    )
    tokenizers: tuple[str, ...] = Field(
        ("clip",),
        description="count the tokens of text: clip, or NAME=PLACE with the path or URI of a tokenizer.json",
    )
    image_tokens: tuple[Literal["resampler_64", "patches_576", "tiles_512", "cells_28"], ...] = Field(
        ("resampler_64", "patches_576", "tiles_512", "cells_28"),
        description="rules that count the tokens of pictures: of Flamingo, LLaVA-1.5, GPT-4o and Qwen2-VL",
    )
