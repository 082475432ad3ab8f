"""Sections of the settings: each default stands beside its source.

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
    prices: str | None = Field(
        None,
        description="TOML file of dollars per platform, as infra/prices.toml: the report then tells them",
    )
    platform: str | None = Field(None, description="which table of places.prices; null: the only one")


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
    report_pages: int = Field(
        1_000_000,
        ge=1,
        description="pages that report.html looks at, drawn by seed; the funnel counts all, whatever there are",
    )
    log: Literal["text", "json"] = Field(
        "text", description="what a run tells on standard error: lines for people, or one JSON object a line"
    )


class Warc(Section):
    """Reading WARC records."""

    crawl: str = Field("", description="name of the crawl, written into every document")
    max_record_bytes: int = Field(
        64 * 2**20, ge=1, description="larger bodies are not read; Common Crawl cuts at 1 MiB"
    )


class Extract(Section):
    """Turning pages into documents."""

    max_html_bytes: int = Field(4 * 2**20, ge=1, description="larger pages are dropped as too_large")
    max_elements: int = Field(200_000, ge=1, description="pages with more are dropped as too_many_elements")
    deadline_s: float = Field(20.0, gt=0, description="CPU seconds for one page")
    max_memory_bytes: int = Field(2**30, ge=2**27, description="memory that reading one page may take")
    max_image_references: int = Field(
        1_000, ge=1, description="image references kept per page, the first ones"
    )


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
    images_per_batch: int = Field(32, ge=1)
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
        ge=-1,
        le=1,
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
        None,
        ge=0,
        description="dropped when the sentence assigned is not so far above every other; null: never",
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
    page_weight: float = Field(
        0.01,
        ge=0,
        description="times log-odds by align.evidence is page_matrix, of which fused_text_index is made; 0.01 is the "
        "scale of CLIP's logits",
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
