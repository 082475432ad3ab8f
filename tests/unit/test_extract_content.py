"""The place of a picture on its page says whether it is content."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.config import Extract, Filters
from corpus.extract.content import Facts, content_score, is_page_link, kept_share, kept_text
from corpus.extract.page import extract_page

TEXT = [
    "The river rises in the mountains and runs through three countries on its way.",
    "Its water drives mills that have stood on the banks for centuries, and still do.",
    "Ships carry wood and grain down to the harbour at its mouth, and wine back up.",
    "Every spring the fields along the lower course are flooded, and nobody minds.",
]
LINKS = "".join(f'<li><a href="/{n}">What else happened along the road number {n}</a></li>' for n in range(9))
PAGE = """<html><body class="no-sidebar comments-open">
<header class="site"><a href="/"><img src="logo.png"></a></header>
<main><article class="post"><header><h1>A river and its mills</h1><img src="lead.jpg"></header>
{text}
<figure><a href="mill-large.jpg"><img src="mill.jpg"></a></figure></article></main>
<div class="relatedPosts"><a href="/other"><img src="teaser.jpg"></a></div>
<div><a href="/more"><img src="plain-teaser.jpg"></a></div>
<ul>{links}</ul><aside><img src="billboard.jpg"></aside></body></html>"""
NONE = Facts(*(0.0,) * 6)


def facts_of(html):
    page = extract_page(html.encode(), "text/html; charset=utf-8", "https://e.org/dir/", Extract())
    names = [reference.url.rpartition("/")[2] for reference in page.references]
    return dict(zip(names, page.facts, strict=True))


@pytest.fixture(scope="module")
def facts():
    return facts_of(PAGE.format(text="".join(f"<p>{text}</p>" for text in TEXT), links=LINKS))


def test_pictures_of_an_article_pass_the_bound_and_those_around_it_do_not(facts):
    taken = {name for name, each in facts.items() if Filters().image_content.passes(content_score(each))}
    assert taken == {"lead.jpg", "mill.jpg"}


def test_a_header_is_chrome_outside_of_an_article_and_a_part_of_it_inside(facts):
    assert [facts[name].in_chrome for name in ("logo.png", "lead.jpg", "billboard.jpg")] == [1, 0, 1]


def test_a_picture_that_ends_an_article_is_near_its_text(facts):
    assert facts["mill.jpg"].kept_near == 1
    assert facts["plain-teaser.jpg"].kept_near == 1
    assert facts["billboard.jpg"].kept_near == 0


def test_a_link_to_the_picture_in_full_size_is_no_link_to_a_page(facts):
    assert [facts[name].links_to_page for name in ("mill.jpg", "teaser.jpg", "plain-teaser.jpg")] == [0, 1, 1]


def test_words_are_found_in_camel_case_but_not_in_the_body_element(facts):
    assert [facts[name].chrome_words for name in ("teaser.jpg", "plain-teaser.jpg", "mill.jpg")] == [1, 0, 0]
    assert facts["mill.jpg"].content_words == 1


def test_words_further_out_than_six_elements_do_not_count():
    for depth, counts in ((5, 1), (6, 0)):
        html = (
            f'<div class="sidebar">{"<div>" * depth}<img src="a.jpg">{"</div>" * depth}</div><p>{TEXT[0]}</p>'
        )
        assert facts_of(html)["a.jpg"].chrome_words == counts


def test_a_word_counts_whole():
    for name, counts in (
        ("ad", 1),
        ("ad-slot", 1),
        ("top_ads2", 1),
        ("shadow", 0),
        ("header", 0),
        ("adapt", 0),
    ):
        html = f'<div class="{name}"><img src="a.jpg"></div><p>{TEXT[0]}</p>'
        assert facts_of(html)["a.jpg"].chrome_words == counts, name


def test_the_box_is_the_smallest_element_with_a_hundred_letters():
    text = "".join(f"<p>{text}</p>" for text in TEXT)
    html = f'<main><div id="inner"><i><img src="a.jpg"></i>{text}</div><nav>{LINKS}</nav></main>'
    assert facts_of(html)["a.jpg"].kept_around == 1
    outside = f'<main><div id="inner"><i><img src="a.jpg"></i></div>{text}<nav>{LINKS}</nav></main>'
    assert 0.3 < facts_of(outside)["a.jpg"].kept_around < 0.7


def test_a_figure_with_a_long_caption_is_judged_by_what_stands_around_it():
    caption = f"<figcaption>{'Mill at dawn, seen from the ridge, at low water. ' * 9}</figcaption>"
    figures = "".join(f'<figure><img src="{n}.jpg">{caption}</figure>' for n in range(3))
    found = facts_of(f"<article><p>{TEXT[0]} {TEXT[1]}</p>{figures}<p>{TEXT[2]} {TEXT[3]}</p></article>")
    assert [found[f"{n}.jpg"].kept_near for n in range(3)] == [1, 1, 1]
    assert [found[f"{n}.jpg"].kept_around for n in range(3)] == [1, 1, 1]


def test_a_page_without_text_still_has_a_score_for_each_picture():
    page = extract_page(
        b'<html><body><img src="a.jpg"><img src="b.jpg">', "text/html", "https://e.org/", Extract()
    )
    assert (page.outcome, len(page.facts)) == ("no_text", 2)
    assert {each.kept_near for each in page.facts} == {0}


@pytest.mark.parametrize(
    ("href", "is_page"),
    [
        ("/other", True),
        ("https://elsewhere.org/", True),
        ("/wiki/File:Mill.JPG", False),
        ("mill.png?size=2", False),
        ("#mill", False),
        ("", False),
        ("mailto:a@e.org", False),
        ("javascript:show()", False),
        ("http://[", False),
    ],
)
def test_links_lead_to_pages_or_to_picture_files_or_nowhere(href, is_page):
    assert is_page_link("https://e.org/dir/", href) is is_page


def test_every_fact_moves_the_score_as_its_name_says():
    start = NONE._replace(kept_near=0.5, kept_around=0.5)
    for name in Facts._fields:
        moved = content_score(start._replace(**{name: 1.0})) - content_score(start)
        assert (moved > 0) is (name in ("kept_near", "kept_around", "content_words")), name


@given(st.tuples(*[st.floats(0, 1)] * 6))
def test_a_score_is_between_none_and_one(values):
    assert 0 < content_score(Facts(*values)) < 1


@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 20)), max_size=8),
    st.integers(0, 80),
    st.integers(0, 80),
)
def test_the_kept_share_is_that_of_counting_letter_by_letter(stretches, start, end):
    spans = [(begin, begin + length) for begin, length in sorted(stretches)]
    letters = {letter for begin, stop in spans for letter in range(begin, stop)}
    wanted = len(letters & set(range(start, end))) / (end - start) if end > start else 0
    assert kept_share(kept_text(spans), start, end) == pytest.approx(wanted)
