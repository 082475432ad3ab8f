"""Every file of a folder of hostile WARC, HTML and image files ends as the list beside them says.

The folder is not part of the project: it is looked for in $CORPUS_TORTURE, else beside the repository; without it
these tests are skipped, and the same defects are met in tests of their own (test_records, test_extract_*,
test_pixels). Its list, EXPECTED.md, names outcomes in prose; what they are here stands in tests/data/torture.json.
"""

import hashlib
import json
import os
import re
from pathlib import Path

import pytest

from corpus.config import Fetch, Settings
from corpus.extract.page import extract_page
from corpus.fetch.opt_outs import OptOuts
from corpus.fetch.outcomes import Fetched
from corpus.recipes.documents import read_file
from corpus.recipes.images import image_rows

ROOT = Path(__file__).parents[2]
FOLDER = Path(os.environ.get("CORPUS_TORTURE", ROOT.parent / "shared/data/torture"))
EXPECTED = json.loads((ROOT / "tests/data/torture.json").read_text(encoding="utf-8"))
PAGE_URL = "https://torture.example/dir/page.html"
LISTED = re.compile(r"^- `([^`]+)`:", re.MULTILINE)

needs_folder = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"no folder {FOLDER}")


def cases(kind):
    return pytest.mark.parametrize(("name", "expected"), EXPECTED[kind].items(), ids=str)


@needs_folder
@pytest.mark.parametrize("kind", EXPECTED)
def test_every_listed_file_has_an_expectation_here(kind):
    sections = re.split(
        r"^## (\w+)/$", (FOLDER / "EXPECTED.md").read_text(encoding="utf-8"), flags=re.MULTILINE
    )
    listed = LISTED.findall(sections[sections.index(kind) + 1])
    assert set(EXPECTED[kind]) == set(listed) == {path.name for path in (FOLDER / kind).iterdir()}


@needs_folder
@cases("warc")
def test_a_faulty_warc_gives_its_sound_records_and_counts_its_faults(name, expected):
    tagged = list(read_file(str(FOLDER / "warc" / name), Settings()))
    pages = [row["outcome"] for table, row in tagged if table == "documents"]
    file = tagged[-1][1]
    counts = {column: file[column] for column in ("outcome", "n_records", "n_captures", "n_faults")}
    assert {**counts, "pages": {outcome: pages.count(outcome) for outcome in sorted(set(pages))}} == expected
    assert (file["n_faults"] > 0) == (file["fault"] is not None)


@needs_folder
@cases("html")
def test_a_faulty_page_ends_by_name(name, expected):
    page = extract_page((FOLDER / "html" / name).read_bytes(), "text/html", PAGE_URL, Settings().extract)
    text = " ".join(page.sentences)
    assert "\0" not in text
    assert {
        "outcome": page.outcome,
        "charset": page.charset,
        "n_sentences": len(page.sentences),
        "text_sha256": hashlib.sha256(text.encode()).hexdigest()[:12],
        "n_image_references": len(page.references),
    } == expected


@needs_folder
@cases("image")
def test_a_faulty_image_ends_by_name(name, expected):
    fetched = Fetched(name, name, "kept", body=(FOLDER / "image" / name).read_bytes())
    bounds = Fetch(resize_mode="no", keep_encoding=True, max_decode_bytes=2**29)
    (row,) = image_rows([fetched], "web", bounds, OptOuts())
    assert {key: row[key] for key in expected} == expected
    assert (row["outcome"] == "kept") == ("bytes" in row) == ("width_px" in expected)
