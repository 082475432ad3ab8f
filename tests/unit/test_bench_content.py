"""What the measurement of the content score counts, on pages made for it."""

import gzip
import json

import pytest

from bench.content import Quality, fitted, left_out_scores, main, pictures_of, quality, read_cases, scored
from corpus.errors import InputError
from corpus.extract.content import Facts

TEXT = "".join(
    f"<p>The mill number {n} stands at the bank of the river and grinds the corn of village {n}.</p>"
    for n in range(8)
)
SOURCE = f"""<html><body><nav><a href="/"><img src="/logo.png"></a></nav>
<main><article>{TEXT}<img src="data:image/gif;base64,R0lGODlhAQABAA==" data-srcset="/mill-2.jpg 800w, /mill-1.jpg 400w">
{TEXT}</article></main>
<div class="related"><a href="/other"><img src="/teaser.jpg"><img src="/teaser.jpg"></a></div></body></html>"""
EXPECTED = f'<div>{TEXT}<img src="http://e.org/mill-1.jpg"></div>'


def case(name):
    return {"case": name, "url": "http://e.org/a/", "source_html": SOURCE, "expected_html": EXPECTED}


def write(path, *lines):
    with gzip.open(path, "wt", encoding="utf-8") as stream:
        stream.writelines(json.dumps(line) + "\n" for line in lines)
    return str(path)


def test_a_picture_is_content_when_any_url_of_its_element_is_expected():
    found = {each.url: each for each in pictures_of(case("a"))}
    assert [(url, each.is_content) for url, each in found.items()] == [
        ("http://e.org/logo.png", False),
        ("http://e.org/mill-2.jpg", True),
        ("http://e.org/teaser.jpg", False),
    ]
    assert [each.outside_chrome for each in found.values()] == [False, True, True]
    assert [len(each.facts) for each in found.values()] == [1, 1, 2]


def test_a_picture_that_extraction_does_not_see_scores_nothing():
    unseen = SOURCE.replace("<article>", '<article><template><img src="/mill-1.jpg"></template>')
    found = pictures_of(case("a") | {"source_html": unseen.replace("/mill-1.jpg 400w", "/mill-3.jpg 400w")})
    assert [(each.url, each.is_content, each.facts) for each in found][-1] == (
        "http://e.org/mill-1.jpg",
        True,
        (),
    )
    assert scored(found[-1]) == 0


def test_recall_and_precision_are_shares_of_content_and_of_what_is_taken():
    assert quality([True, True, False, False], [True, False, True, False]) == Quality(0.5, 0.5)
    assert quality([True, True, False], [True, False, False]) == Quality(0.5, 1.0)
    assert quality([False], [False]) == Quality(1.0, 1.0)


def test_the_fit_tells_content_from_the_rest_on_a_page_it_has_not_seen():
    pictures = [picture for name in "abc" for picture in pictures_of(case(name))]
    weights = dict(zip(Facts._fields, fitted(pictures), strict=False))
    assert max(weights["links_to_page"], weights["in_chrome"], weights["chrome_words"]) < 0
    scores = left_out_scores(pictures)
    content = [score for score, each in zip(scores, pictures, strict=True) if each.is_content]
    assert min(content) > max(
        score for score, each in zip(scores, pictures, strict=True) if not each.is_content
    )


def test_the_report_has_the_score_beside_both_plain_ways(tmp_path, capsys):
    assert main([write(tmp_path / "cases.jsonl.gz", case("a"), case("b"))]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "2 pages, 6 distinct pictures, 2 of them content"
    figures = {line[:34].strip(): line[34:].split() for line in lines[3:7]}
    assert figures["score, at least 0.1"] == ["1.000", "1.000"]
    assert figures["outside header, nav, footer, aside"] == ["1.000", "0.500"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"plain", "cannot be read as gzipped JSON lines"),
        (gzip.compress(b"{}\n"), r"line 1: a page has case"),
    ],
)
def test_a_file_of_something_else_is_refused_by_name(tmp_path, content, message, capsys):
    (tmp_path / "cases.gz").write_bytes(content)
    with pytest.raises(InputError, match=message):
        read_cases(str(tmp_path / "cases.gz"))
    assert main([str(tmp_path / "cases.gz")]) == 1
    assert "bench.content: " in capsys.readouterr().err
