"""What the measurement of the matching counts, on gold made for it."""

import gzip
import json

import numpy as np
import pytest

from bench.alignment import main
from bench.conditional_logit import fitted
from bench.gold import story_documents, textbook_documents, without_citations
from bench.ranking import auc, coverage, precision_at_1, share_right
from tests.unit.warc_bytes import gzipped, http_response, warc_record

LINKS = np.array([[1, 0, 0], [0, 0, 0]], bool)


def write(path, *lines):
    with gzip.open(path, "wt", encoding="utf-8") as stream:
        stream.writelines(json.dumps(line) + "\n" for line in lines)
    return path


def section(name):
    picture = {"alt": None, "title": None, "caption": None, "figure": 1}
    return {
        "doc_id": f"book/{name}",
        "url": f"http://e.org/{name}",
        "language": "en",
        "paragraphs": ["Mills", "A mill stands here (see Figure 1). It grinds.", "A boat sails by."],
        "kinds": ["h2", "p", "p"],
        "images": [picture | {"file": "a.jpg", "url": "http://e.org/a.jpg", "dom_index": 2}],
        "gold": [[0, [1]]],
    }


def test_auc_and_precision_are_of_all_cells_of_a_document():
    scores = np.array([[0.5, 0.4, 0.6], [0.1, 0.2, 0.3]])
    assert auc(scores, LINKS) == pytest.approx(4 / 5)
    assert precision_at_1(scores, LINKS) == 0
    assert precision_at_1(np.zeros((2, 3)), LINKS) == pytest.approx(1 / 6)
    assert auc(np.zeros((2, 3)), LINKS) == 0.5
    assert np.isnan(auc(scores, np.zeros_like(LINKS)))
    assert np.isnan(precision_at_1(scores, np.ones_like(LINKS)))


def test_pictures_without_a_link_are_not_judged():
    assert share_right([np.array([0, 2], np.int32)], [LINKS]) == 1
    assert share_right([np.array([-1, 2], np.int32)], [LINKS[:, ::-1]]) == 1
    assert coverage([np.array([0, -1], np.int32)], [LINKS]) == pytest.approx(1 / 3)


def test_fitted_weights_prefer_what_was_right():
    rng = np.random.default_rng(0)
    choices = []
    for _ in range(50):
        facts = rng.random((6, 2))
        choices.append((facts, facts[:, 0] == facts[:, 0].max()))
    weights = fitted(choices)
    assert weights[0] > 5 * abs(weights[1])


def test_a_section_becomes_sentences_and_its_picture_stands_where_it_stood(tmp_path):
    path = write(tmp_path / "gold.jsonl.gz", section("one"))
    (document,) = textbook_documents(path, with_citations=True)
    assert document.sentences == [
        "Mills",
        "A mill stands here (see Figure 1).",
        "It grinds.",
        "A boat sails by.",
    ]
    assert document.images[0]["dom_text_index"] == 3
    assert document.gold.tolist() == [[False, True, True, False]]
    (document,) = textbook_documents(path, with_citations=False)
    assert document.sentences[1] == "A mill stands here ."


def test_citations_are_cut_with_brackets_that_hold_nothing_else():
    assert without_citations("Look (Figure 2 and Figure 3) at Fig. 4, (a mill)") == "Look at , (a mill)"
    assert without_citations("Figure 2") == "…"


def test_stories_keep_the_order_of_the_page(tmp_path):
    page = (
        b"<html><body><img src='c.jpg'><p>One <b>day</b>.</p><img src='d.jpg'><p>Two days.</p></body></html>"
    )
    warc = tmp_path / "s.warc.gz"
    warc.write_bytes(gzipped(warc_record(http_response(page, "text/html"), url="http://e.org/s")))
    story = {
        "url": "http://e.org/s",
        "language": "en",
        "story": "7",
        "texts": ["One day.", "Two days."],
        "images": [{"url": "c.jpg"}, {"url": "d.jpg"}],
        "gold": [[0, [0]], [1, [1]]],
    }
    (document,) = story_documents(write(tmp_path / "gold.jsonl.gz", story), warc)
    assert [image["dom_text_index"] for image in document.images] == [0, 1]
    assert document.gold.tolist() == [[True, False], [False, True]]


def test_the_table_has_a_row_per_way_and_names_what_went_wrong(tmp_path, capsys):
    path = write(tmp_path / "gold.jsonl.gz", *(section(name) for name in ("one", "two", "three")))
    assert main(["--textbook", str(path)]) == 0
    rows = [
        line.split(" | ") for line in capsys.readouterr().out.splitlines() if line.startswith("| textbooks ")
    ]
    right = {row[2]: row[5] for row in rows}
    assert right["page order: the sentence before"] == "1.000"
    assert right["page, fitted on other chapters"] == "1.000"
    assert {row[1] for row in rows} == {"3"}
