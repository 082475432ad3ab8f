"""More of a crawl that is small: copies of a WARC file whose pages and pictures are not those of the first.

Goes in: a WARC file and how many. Comes out: as many files, the first unchanged. In each other one every host has a
name of its own, a sixth of the words of a page are others of the same page, and pictures are cut, mirrored and shifted
in hue, so that neither URLs nor texts nor contents are copies to the filters. Bodies in content codings stay as they
are.
"""

from __future__ import annotations

import io
import random
import re
from pathlib import Path

from PIL import Image, ImageOps
from warcio.archiveiterator import ArchiveIterator
from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

HOST = re.compile(rb"(https?://)([a-z0-9.-]+)")
BETWEEN_TAGS = re.compile(rb">[^<]{20,}<")
WORD = re.compile(rb"[A-Za-z]{4,}")
CODED = ("content-encoding", "transfer-encoding")
# Enough that few runs of five words are left, which is what near copies are found by; more would leave captions that no
# longer tell of their pictures, and pages that fall for it. So would other colours.
SHARE_CHANGED = 1 / 6
HUES, HUE_STEP, MOST_HUES = 256, 5, 21


def write_copies(warc: Path, folder: Path, n_copies: int) -> list[Path]:
    """The copies, the first one equal to the file."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"copy-{number:03d}.warc.gz" for number in range(n_copies)]
    for number, path in enumerate(paths):
        if number == 0:
            path.write_bytes(warc.read_bytes())
        else:
            write_copy(warc, path, number)
    return paths


def write_copy(warc: Path, path: Path, number: int) -> None:
    with open(warc, "rb") as source, open(path, "wb") as target:
        writer = WARCWriter(target, gzip=True)
        for record in ArchiveIterator(source):
            uri = record.rec_headers.get_header("WARC-Target-URI")
            if record.rec_type == "response" and uri and record.http_headers:
                writer.write_record(changed_record(writer, record, renamed(uri.encode(), number), number))


def changed_record(writer: WARCWriter, record: ArcWarcRecord, uri: bytes, number: int) -> ArcWarcRecord:
    """The response under its new address, with another body where it can be read."""
    head: StatusAndHeaders = record.http_headers
    body = record.raw_stream.read()
    kind = (head.get_header("Content-Type") or "").lower()
    if not any(head.get_header(name) for name in CODED):
        if "html" in kind:
            body = changed_page(body, number)
        elif kind.startswith("image/"):
            body = changed_picture(body, number)
        if head.get_header("Content-Length"):
            head.replace_header("Content-Length", str(len(body)))
    date = {"WARC-Date": record.rec_headers.get_header("WARC-Date")}
    return writer.create_warc_record(
        uri.decode(),
        "response",
        payload=io.BytesIO(body),
        length=len(body),
        http_headers=head,
        warc_headers_dict=date,
    )


def renamed(data: bytes, number: int) -> bytes:
    """Every host of the data under a name of this copy's own."""
    return HOST.sub(rb"\g<1>copy%d.\g<2>" % number, data)


def changed_page(page: bytes, number: int) -> bytes:
    words = [word for text in BETWEEN_TAGS.findall(page) for word in WORD.findall(text)]
    if not words:
        return renamed(page, number)
    rng = random.Random(number)

    def other(word: re.Match[bytes]) -> bytes:
        return rng.choice(words) if rng.random() < SHARE_CHANGED else word.group()

    return renamed(BETWEEN_TAGS.sub(lambda text: WORD.sub(other, text.group()), page), number)


def changed_picture(data: bytes, number: int) -> bytes:
    """Other pixels in the same format; what is no picture that can be decoded stays."""
    try:
        with Image.open(io.BytesIO(data)) as image:
            form, shown = image.format, image.convert("RGB")
        cut, shift = number % 5, HUE_STEP * number % MOST_HUES - MOST_HUES // 2
        if cut and min(shown.size) > 20 * cut:
            shown = shown.crop((cut, cut, shown.width - cut, shown.height - cut))
        hue, saturation, value = (ImageOps.mirror(shown) if number % 2 else shown).convert("HSV").split()
        hue = hue.point([(each + shift) % HUES for each in range(HUES)])
        out = io.BytesIO()
        Image.merge("HSV", (hue, saturation, value)).convert("RGB").save(out, form)
        return out.getvalue()
    except (OSError, ValueError, KeyError, Image.DecompressionBombError):
        return data
