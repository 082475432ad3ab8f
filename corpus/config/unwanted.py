"""The sections on what is not to be in the corpus: copies, personal data, unsafe pictures. Each default stands beside
its source."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from corpus.config.section import Section


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
    image_embeddings: bool = Field(
        False,
        description="true compares pictures by their embeddings too, as SemDeDup (arXiv 2303.09540): one that is more "
        "like a larger one than filters.image_semantic_copy lets pass falls",
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
    nsfw_head_weight: float = Field(1, ge=0)
    nsfw_classifier_weight: float = Field(1, ge=0)
    nsfw_zero_shot_weight: float = Field(1, ge=0)
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
    face_head: str | None = Field(
        None,
        description="weights that `corpus models train-faces` wrote, a path or URI: by the embedding they say whether "
        "a face is on a picture, and the detector faces runs only when it is named",
    )
    face_head_max: float | None = Field(
        None,
        ge=0,
        le=1,
        description="a higher probability by safety.face_head is a face; null: the cutoff in its file",
    )
    min_face_score: float = Field(
        0.6,
        ge=0.3,
        le=1,
        description="boxes that the detector is less sure of are no faces; OpenCV's example: 0.6 to 0.9",
    )
