"""Writes the sample crawl; `python -m demo.write_sample` makes demo/sample.warc.gz and its gold.

Goes in: nothing; everything follows from seeds. Comes out: a WARC file of some sixty pages with their
pictures and what else the web has, and one gold line per page URL: the right sentence of each content image,
every defect that was planted and the outcome it must get. The pictures show scenes that the demo encoder was
not trained on.
"""

import json
import random
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from demo.page_furniture import EXPECTED, furniture, furniture_answers, other_images
from demo.page_pictures import KEPT, Shown
from demo.page_plan import HOSTS, content_page, crowded_page, fillers
from demo.page_plants import ERROR_PAGE, PLANTS
from demo.page_records import Answer, warc_bytes
from demo.page_words import WORDS
from demo.pages import Page, Unit, page_answer
from demo.scenes import random_scene

FOLDER = Path(__file__).parent
WARC = FOLDER / "sample.warc.gz"
GOLD = FOLDER / "sample-gold.jsonl"

N_CONTENT_PAGES = 54
ENCODED = {6: ("iso-8859-1", False), 8: ("windows-1252", True), 9: ("gb2312", True), 33: ("iso-8859-1", True)}
COMPRESSED = (10, 21)
WITH_BASE = (12, 27, 40)
MIRRORED = 3
CAPTURED_TWICE = 16
CUT = N_CONTENT_PAGES - 1
ALWAYS = ("logo", "share_mark")
BY_LAYOUT = {
    "news": ("tracking_pixel", "banner", "billboard"),
    "blog": ("tracking_pixel", "shared_photo"),
    "diary": ("shared_photo",),
    "forum": ("banner",),
    "table": ("vector_map",),
}
APP_PAGE = b"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Reader</title></head>
<body><div id="app"></div><script>load("/en/2024/");</script>
<footer><img src="%s" alt="">&copy; 2024</footer></body>
</html>
"""

Row = dict[str, Any]


def plants_of(number: int) -> tuple[str, ...]:
    """Each plant befalls two pages; some pages get two plants."""
    return tuple(
        name for turn, name in enumerate(PLANTS) if number in (1 + 4 * turn, 3 + 4 * turn + turn % 3)
    )


def varied(number: int, page: Page) -> Page:
    """The page with what its number has in store: an old encoding, compression, a base element."""
    if number in ENCODED:
        charset, in_meta = ENCODED[number]
        where = "meta element" if in_meta else "header"
        page = replace(
            page, charset=charset, charset_in_meta=in_meta, plants=(f"{charset} declared in {where}",)
        )
    if number in COMPRESSED:
        page = replace(page, compressed=True, plants=("gzip content coding in chunks",))
    if number in WITH_BASE:
        base = f"https://{HOSTS[page.layout]}/media/"
        page = replace(page, base=base, plants=("relative URLs with a base element",))
        page = reworded(page, base)
    return page


def reworded(page: Page, base: str) -> Page:
    """The page with the images under `base` written relative to it."""

    def relative(images: tuple[Shown, ...]) -> tuple[Shown, ...]:
        return tuple(
            replace(shown, markup="base_relative")
            if shown.markup in ("absolute", "root_relative") and shown.url.startswith(base)
            else shown
            for shown in images
        )

    units = tuple(
        replace(unit, before=relative(unit.before), after=relative(unit.after)) for unit in page.units
    )
    return replace(page, units=units, gallery=relative(page.gallery))


def bare_page(name: str, n_sentences: int) -> Page:
    """An English page without content images."""
    prose = fillers("en", n_sentences, random.Random(name))
    units = tuple(Unit(tuple(prose[i : i + 3])) for i in range(0, n_sentences, 3))
    words = WORDS["en"]
    url = f"https://{HOSTS['news']}/en/{name}.html"
    return Page(url, "en", "news", words.titles[3], words.authors[1], units)


def kinds_on(page: Page) -> tuple[str, ...]:
    """Kinds of furniture on a page; the page without images has none at all."""
    if page.units and not page.shown:
        return ()
    return (*ALWAYS, *BY_LAYOUT.get(page.layout, ()))


def captured(page: Page) -> Answer:
    host = page.url.split("/")[2]
    return page_answer(page, furniture(host, kinds_on(page)))


def gold_row(page: Page, expected: str | None = KEPT, others: Sequence[tuple[str, str]] | None = None) -> Row:
    """What is known of a page; `expected` is null where the answer gives no document at all, `others` is by
    default the usual furniture.
    """
    images = [
        {
            "url": shown.url,
            "also": list(shown.also),
            "sentence": shown.sentence,
            "planted": shown.defect or None,
            "expected": shown.expected,
        }
        for shown in page.shown
    ]
    if others is None:
        others = other_images(page.url.split("/")[2], kinds_on(page))
    return {
        "url": page.url,
        "language": page.language,
        "layout": page.layout,
        "planted": list(page.plants),
        "expected": expected,
        "images": images,
        "others": [{"url": url, "kind": kind, "expected": EXPECTED[kind]} for url, kind in others],
    }


def odd_answers() -> list[tuple[Answer, Row]]:
    """Answers that hold no article, each with its gold row."""
    host = HOSTS["news"]
    about = replace(bare_page("about", 0), plants=("boilerplate only",))
    history = replace(bare_page("history", 15), plants=("no images",))
    app = replace(about, url=f"https://{host}/en/app.html", plants=("text by script only",))
    gone = replace(about, url=f"https://{host}/en/2019/gone.html", plants=("answered 404",))
    feed = replace(about, url=f"https://{host}/feed.json", plants=("JSON",))
    items = json.dumps({"items": [f"https://{host}/en/2024/{i:03d}.html" for i in range(5)]})
    html = "text/html; charset=utf-8"
    logo = other_images(host, ("logo",))
    return [
        (captured(about), gold_row(about, "document_images")),
        (captured(history), gold_row(history, "no_image")),
        (Answer(app.url, APP_PAGE % logo[0][0].encode(), html), gold_row(app, "no_text", logo)),
        (Answer(gone.url, ERROR_PAGE, html, 404), gold_row(gone, None, [])),
        (Answer(feed.url, items.encode(), "application/json"), gold_row(feed, None, [])),
    ]


def distinct(answers: Iterable[Answer]) -> list[Answer]:
    """One answer per URL, the first."""
    return list({answer.url: answer for answer in reversed(list(answers))}.values())[::-1]


def sample() -> tuple[list[Answer], list[Row]]:
    """All answers in capture order and all gold rows."""
    rng = random.Random("sample")
    pages = [varied(number, content_page(number, plants_of(number))) for number in range(N_CONTENT_PAGES)]
    crowded = replace(crowded_page(N_CONTENT_PAGES), plants=("more images than sentences",))
    cut = replace(pages.pop(CUT), plants=("record cut off at the end of the file",))
    twice = replace(pages[CAPTURED_TWICE], plants=("captured twice",))
    pages[CAPTURED_TWICE] = twice
    mirror = replace(
        pages[MIRRORED], url=pages[MIRRORED].url.replace("/2024/", "/print/"), plants=("same text",)
    )
    pages.append(crowded)

    odd = odd_answers()
    images = [answer for page in (*pages, cut) for shown in page.shown for answer in shown.answers]
    around = furniture_answers(sorted(HOSTS.values()), random_scene(rng, held_out=True))
    answers = distinct([*map(captured, pages), *(answer for answer, _ in odd), *images, *around])
    rng.shuffle(answers)
    rows = [*map(gold_row, pages), gold_row(mirror, "page_text_copies"), gold_row(cut, "truncated")]
    return [*answers, captured(mirror), captured(twice), captured(cut)], [*rows, *(row for _, row in odd)]


def main() -> int:
    answers, rows = sample()
    data = warc_bytes(answers)
    WARC.write_bytes(data)
    GOLD.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    n_images = sum(len(row["images"]) for row in rows)
    size = f"{len(data) / 2**20:.2f} MiB"
    print(f"{WARC.name}: {size}, {len(answers)} answers, {len(rows)} pages, {n_images} content images")
    return 0


if __name__ == "__main__":
    sys.exit(main())
