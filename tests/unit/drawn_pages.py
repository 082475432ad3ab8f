"""The pages of a small build, and its counts as manifests hold them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from corpus.manifest import Count, Part
from corpus.tables import KEPT, TABLES
from tests.unit.drawn_build import DrawnBuild, DrawnImage, DrawnPage

LAKES = DrawnPage(
    url="https://walks.example.org/lakes",
    title="A walk around the lakes",
    language="en",
    blocks=[
        ("heading", ["Around the lakes"]),
        ("paragraph", ["We set out before sunrise.", "The path climbs through birches.", "Nobody was about."]),
        ("list_item", ["Good boots."]),
        ("paragraph", ["A low sun stood over the ridge."]),
    ],
    images=[
        DrawnImage("The path", dom_text_index=1, matched_text_index=2),
        DrawnImage("The ridge", dom_text_index=6, matched_text_index=5),
        DrawnImage("Banner", 0, 0, "image_aspect", (900, 160)),
        DrawnImage("Gone", 0, 0, "http_error"),
        DrawnImage("Author", 3, 3, "min_similarity"),
    ],
)
MOUNTAINS = DrawnPage(
    url="https://news.example.net/ar/jabal",
    title="رحلة إلى الجبال",
    language="ar",
    blocks=[("paragraph", ["انطلقنا قبل شروق الشمس.", "هدأت الريح."])],
    images=[DrawnImage("التلال عند الفجر", 0, 1)],
)
SHORE = DrawnPage(
    url="https://travel.example.cn/hu",
    title="秋日湖畔漫步",
    language="zh",
    blocks=[("paragraph", ["我们在日出前出发。", "风停了。"])],
    images=[DrawnImage(None, 0, 1)],
)
HOSTILE = DrawnPage(
    url='https://evil.example.com/"><script>alert(1)</script>',
    title="</title><script>alert(2)</script>\x00",
    language="en",
    blocks=[("paragraph", ["<img src=x onerror=alert(3)>", "{{ 7 * 7 }}"])],
    images=[DrawnImage('" onload="alert(4)', 0, 0, url="javascript:alert(5)")],
)
COPY = DrawnPage(
    "https://copy.example.com/lakes", "A walk", "en", LAKES.blocks, LAKES.images[:1], "page_text_copies", copy_of=0
)
BROKEN = DrawnPage("javascript:alert(6)", None, None, fate="deadline", fault="20 s of CPU were not enough")
PICTURELESS = DrawnPage(
    "https://shop.example.com/", "Shop", "en", [("paragraph", ["Buy now."])],
    [DrawnImage("item", 0, 0, "image_side_px", (90, 120))], "document_images",
)
PAGES = (LAKES, MOUNTAINS, SHORE, HOSTILE, COPY, BROKEN, PICTURELESS)


def parts_of(build: DrawnBuild) -> Iterator[Part]:
    """One part per table, counted as parts are counted when they are written."""
    for name, table in TABLES.items():
        counts: Counter[tuple[str, str]] = Counter()
        n_bytes: Counter[str] = Counter()
        for row in build.rows[name]:
            outcome = row[table.outcome] if table.outcome else KEPT
            counts["", outcome] += 1
            n_bytes[outcome] += row[table.n_bytes] if table.n_bytes else 0
            for leaf in table.items:
                column, _, inner = leaf.partition(".")
                for item in row[column]:
                    counts[column, item["outcome"] if inner == "outcome" else outcome] += 1
        found = tuple(Count(item, outcome, n, 0 if item else n_bytes[outcome]) for (item, outcome), n in counts.items())
        yield Part(name, "c00000", "part-0.parquet", len(build.rows[name]), 0, "", found)
