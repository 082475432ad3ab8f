"""The section `fetch`: getting the bytes of images. Each default stands beside its source."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import Field, field_validator

from corpus.config.section import Section

# It stands in brackets in the head of a request.
CONTACT = re.compile(r"https?://[!-\'*-~]+\.[!-\'*-~]+|(mailto:)?[!-\'*-?A-~]+@[!-\'*-?A-~]+\.[!-\'*-?A-~]+")


class Fetch(Section):
    """Getting the bytes of images."""

    images: Literal["archive", "web", "img2dataset"] = Field(
        "archive",
        description="archive: captures in the same WARC files; web: what no capture answers is fetched; img2dataset: "
        "the shards in fetch.folder",
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
    max_image_bytes: int = Field(10_000_000, ge=1, description="larger bodies are dropped as too_large")
    max_header_bytes: int = Field(
        16_384, ge=256, description="a longer line in the head of an answer makes it an http_error"
    )
    min_bytes_per_s: float = Field(
        1_000.0, gt=0, description="bodies that come in slower are dropped as too_slow"
    )
    min_rate_after_s: float = Field(5.0, gt=0, description="seconds of a body that min_bytes_per_s forgives")
    allowed_ports: tuple[int, ...] = Field((80, 443), min_length=1, description="others are not asked")
    max_pixels: int = Field(
        89_478_485, ge=1, description="larger pictures are not decoded; Pillow's own limit"
    )
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

    @field_validator("contact")
    @classmethod
    def can_be_turned_to(cls, contact: str | None) -> str | None:
        """Refuse a contact that no owner of a site could turn to."""
        if contact is not None and not CONTACT.fullmatch(contact):
            raise ValueError("it is neither an http address nor an e-mail address")
        return contact
