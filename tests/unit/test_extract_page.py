"""A page becomes sentences with its pictures in place, or the name of what it lacks."""

import contextlib
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.config import Extract
from corpus.extract import page as pages
from corpus.extract import survey
from corpus.extract.deadline import DeadlineExceeded, cpu_deadline
from corpus.extract.page import extract_page, looks_like_html

URL = "https://e.org/dir/page.html"
BOUNDS = Extract()
TEXT = [
    "The river rises in the mountains and runs through three countries.",
    "Its water drives mills that have stood on the banks for centuries.",
    "Ships carry wood and grain down to the harbour at its mouth.",
    "Every spring the fields along the lower course are flooded.",
]


def read(body, bounds=BOUNDS, content_type="text/html; charset=utf-8"):
    html = body if "<html" in body else f"<html><head><title>River</title></head><body>{body}</body></html>"
    return extract_page(html.encode(), content_type, URL, bounds)


def placed(page):
    """(file name, number of sentences before it) of each reference."""
    return [
        (reference.url.rpartition("/")[2], place)
        for reference, place in zip(page.references, page.places, strict=True)
    ]


def paragraphs(*parts):
    return "".join(part if part.startswith("<") else f"<p>{part}</p>" for part in parts)


def test_pictures_stand_between_the_sentences_around_them():
    body = paragraphs(
        '<img src="0.jpg">',
        TEXT[0],
        '<img src="1.jpg">',
        f"{TEXT[1]} {TEXT[2]}",
        '<img src="3.jpg">',
        TEXT[3],
        '<img src="4.jpg">',
    )
    page = read(f"<article>{body}</article>")
    assert page.outcome == "kept"
    assert page.sentences == TEXT
    assert placed(page) == [("0.jpg", 0), ("1.jpg", 1), ("3.jpg", 3), ("4.jpg", 4)]


def test_a_picture_within_a_paragraph_stands_after_the_sentence_it_interrupts():
    page = read(f'<article><p>{TEXT[0]} {TEXT[1]} <img src="2.jpg"> {TEXT[2]}</p><p>{TEXT[3]}</p></article>')
    assert placed(page) == [("2.jpg", 2)]


def test_pictures_around_the_content_stand_at_its_ends():
    navigation = '<nav><img src="logo.png"><a href="/">Home</a> <a href="/r">Rivers</a></nav>'
    footer = '<footer><p>Imprint</p><img src="badge.png"></footer>'
    page = read(f"{navigation}<article><h1>Rivers</h1>{paragraphs(*TEXT)}</article>{footer}")
    assert page.sentences == ["Rivers", *TEXT]
    assert placed(page) == [("logo.png", 0), ("badge.png", 5)]


def test_a_heading_repeated_in_the_navigation_does_not_move_the_picture_before_it():
    navigation = "<div><ul><li><a href='/r'>Rivers</a></li><li><a href='/l'>Lakes</a></li></ul></div>"
    body = f'{navigation}<img src="0.jpg"><article><h1>Rivers</h1>{paragraphs(*TEXT)}</article>'
    page = read(body)
    assert page.sentences[0] == "Rivers"
    assert placed(page) == [("0.jpg", 0)]


def test_a_refrain_does_not_move_pictures():
    parts = []
    for number, text in enumerate(TEXT):
        parts += [text, f'<img src="{number}.jpg">', "And so it flows on."]
    page = read(f"<article>{paragraphs(*parts)}</article>")
    assert page.sentences[1::2] == ["And so it flows on."] * 4
    assert placed(page) == [("0.jpg", 1), ("1.jpg", 3), ("2.jpg", 5), ("3.jpg", 7)]


def test_blocks_name_what_the_lines_are_and_cover_the_sentences():
    body = (
        f"<h1>Rivers</h1><p>{TEXT[0]} {TEXT[1]}</p><ul><li>{TEXT[2]}</li><li>{TEXT[3]}</li></ul>"
        "<table><tr><th>Length</th><td>800 km</td></tr><tr><th>Source</th><td>Glacier</td></tr></table>"
        f"<blockquote><p>{TEXT[0]} They say so.</p></blockquote><p>{TEXT[1]} Indeed.</p><img src='a.jpg'>"
    )
    page = read(f"<article>{body}</article>")
    kinds = [(block.kind, page.sentences[block.first_sentence]) for block in page.blocks]
    assert kinds[:6] == [
        ("heading", "Rivers"),
        ("paragraph", TEXT[0]),
        ("list_item", TEXT[2]),
        ("list_item", TEXT[3]),
        ("table_row", "Length | 800 km"),
        ("table_row", "Source | Glacier"),
    ]
    assert ("quote", TEXT[0]) in kinds
    counted = [
        index
        for block in page.blocks
        for index in range(block.first_sentence, block.first_sentence + block.n_sentences)
    ]
    assert counted == list(range(len(page.sentences)))


def test_a_block_in_another_language_says_so_and_is_split_by_its_rules():
    german = (
        "Der 2. Weltkrieg hatte die Brücke zerstört, und man baute sie am 3. Mai wieder auf. Sie steht noch."
    )
    other = f"{german} Am Ufer des Flusses liegen heute die Gärten der Stadt."
    page = read(
        f"<article>{paragraphs(*(f'{text} {text}' for text in TEXT), other, 'Short.')}{PICTURE}</article>"
    )
    assert page.language == "en"
    assert [block.language for block in page.blocks] == ["en"] * 4 + ["de", None]
    assert page.blocks[4].language_probability >= pages.SURE
    assert page.blocks[5].language_probability is None
    assert page.sentences[8].startswith("Der 2. Weltkrieg hatte")
    assert page.blocks[4].n_sentences == 3


def test_code_has_no_language():
    code = "for river in rivers:\n    print(river.name, river.length, river.source, river.mouth, river.basin)"
    page = read(f"<article>{paragraphs(*TEXT)}<pre><code>{code}</code></pre>{PICTURE}</article>")
    (block,) = [block for block in page.blocks if block.kind == "code"]
    assert (block.language, block.language_probability) == (None, None)


def test_line_breaks_end_sentences_and_line_ends_of_the_source_do_not():
    wrapped = f"{TEXT[0][:20]}\n  {TEXT[0][20:]}"
    page = read(
        f"<article><p>Words: A. Writer<br>Pictures: B. Painter</p><p>{wrapped}</p><img src=a></article>"
    )
    assert page.sentences == [
        "Words: A. Writer",
        "Pictures: B. Painter",
        f"{TEXT[0][:20].rstrip()} {TEXT[0][20:].lstrip()}",
    ]


def test_headings_and_paragraphs_of_a_short_page_are_not_run_together():
    page = read('<h1>Lake</h1><p>Deep water</p><img src="a.jpg"><p>High banks</p>')
    assert page.sentences == ["Lake", "Deep water", "High banks"]
    assert placed(page) == [("a.jpg", 2)]


def test_navigation_is_no_text_of_a_short_page_but_its_pictures_are_known():
    page = read(f'<nav><a href="/">Home</a><img src="logo.png"></nav><p>{TEXT[0]}</p><img src="a.jpg">')
    assert page.sentences == TEXT[:1]
    assert placed(page) == [("logo.png", 0), ("a.jpg", 1)]


def test_captions_go_with_every_picture_of_their_figure():
    caption = "<figcaption>The <b>old</b>\n mill<script>x</script></figcaption>"
    figure = f'<figure><img src="a.jpg"><img src="b.jpg">{caption}</figure>'
    page = read(f"<article>{paragraphs(TEXT[0], figure, TEXT[1])}<img src='c.jpg'></article>")
    assert [reference.caption for reference in page.references] == ["The old mill", "The old mill", None]


def test_an_inner_figure_keeps_its_own_caption():
    inner = '<figure><img src="a.jpg"><figcaption>Inner</figcaption></figure>'
    page = read(f"<figure>{inner}<img src='b.jpg'><figcaption>Outer</figcaption></figure><p>{TEXT[0]}</p>")
    assert [reference.caption for reference in page.references] == ["Inner", "Outer"]


def test_what_an_element_declares_comes_along():
    page = read(f'<p>{TEXT[0]}</p><img src="a.jpg" alt="A mill" title="Mill" width="640" height="50%">')
    (reference,) = page.references
    assert (reference.alt, reference.title) == ("A mill", "Mill")
    assert (reference.width_px, reference.height_px, reference.attribute) == (640, None, "src")


def test_references_resolve_against_the_first_base_element_with_an_address():
    html = f"""<html><head><base target="_top"><base href="/first/"><base href="/second/"></head>
        <body><p>{TEXT[0]}</p><img src="a.jpg"></body></html>"""
    assert [reference.url for reference in read(html).references] == ["https://e.org/first/a.jpg"]


@pytest.mark.parametrize("tag", ["template", "textarea", "script", "style", "iframe", "select"])
def test_what_is_never_shown_gives_neither_text_nor_pictures(tag):
    page = read(
        f'<p>{TEXT[0]}</p><{tag}><img src="no.jpg">Unseen words</{tag}><img src="a.jpg"><p>{TEXT[1]}</p>'
    )
    assert placed(page) == [("a.jpg", 1)]
    assert page.sentences == TEXT[:2]


def test_a_noscript_copy_stands_in_for_a_placeholder_and_is_dropped_beside_the_picture():
    placeholder = (
        '<img src="data:image/gif;base64,AAAA" alt="Mill"><noscript><img src="/mill.jpg"></noscript>'
    )
    lazy = '<img data-src="/ship.jpg"><noscript><img src="/ship.jpg"></noscript>'
    page = read(f"<p>{TEXT[0]}</p>{placeholder}{lazy}<noscript><img src='/only.jpg'></noscript>")
    assert placed(page) == [("mill.jpg", 1), ("ship.jpg", 1), ("only.jpg", 1)]
    assert page.references[0].alt == "Mill"


def test_a_picture_element_gives_one_reference():
    picture = '<picture><source srcset="a.avif" type="image/avif"><source srcset="b.webp 2x"><img alt="x"></picture>'
    page = read(f"<p>{TEXT[0]}</p>{picture}<picture><source srcset='none.jpg'></picture>")
    assert placed(page) == [("b.webp", 1)]


def test_title_language_charset_and_licence_are_found():
    html = f"""<html><head><title> The\n River </title></head><body><p>{TEXT[0]} {TEXT[1]}</p><img src="a.jpg">
        <a href="https://creativecommons.org/licenses/by/4.0/">CC</a>
        <a rel="nofollow license" href="/terms">T</a></body></html>"""
    page = read(html)
    assert (page.title, page.language, page.charset) == ("The River", "en", "utf-8")
    assert page.license_url == "https://e.org/terms"
    assert page.language_probability > 0.9
    assert (
        read(html.replace("nofollow license", "")).license_url
        == "https://creativecommons.org/licenses/by/4.0/"
    )


PICTURE = '<img src="a.jpg">'
DROPPED = {
    "empty": (b"", "empty"),
    "only-white-space": (b" \n\t " * 100, "empty"),
    "pdf-called-html": (b"%PDF-1.4\n<img src=x> binary", "not_html"),
    "picture-called-html": (b"\x89PNG\r\n\x1a\n<img>", "not_html"),
    "json": (b'{"img": "x"}', "not_html"),
    "feed": (b'<?xml version="1.0"?>\n<rss><img src="x"></rss>', "not_html"),
    "binary-with-zeros": (b"<img>" + bytes(2_000), "not_html"),
    "no-picture": (b"<html><body><p>text alone</p></body></html>", "no_image"),
    "picture-in-a-comment-only": (
        b"<html><body><p>text</p><!-- <img src=a.jpg> --></body></html>",
        "no_image",
    ),
    "data-uri-only": (
        b'<html><body><p>text</p><img src="data:image/gif;base64,AA"></body></html>',
        "no_image",
    ),
    "no-text": (b'<html><body><img src="a.jpg"></body></html>', "no_text"),
    "punctuation-only": (b'<html><body><p>***</p><img src="a.jpg"><p>---</p></body></html>', "no_text"),
    "no-encoding-fits": (b"<html><body><img src=a.jpg>" + b"\xff\xfe\xfd" * 900, "undecodable"),
    "nested-50000-deep": (b"<div>" * 50_000 + b"<img src=a.jpg>text", "too_deep"),
}


@pytest.mark.parametrize("defect", DROPPED)
def test_a_page_without_a_document_says_why(defect):
    body, outcome = DROPPED[defect]
    assert extract_page(body, "text/html; charset=utf-8", URL, BOUNDS).outcome == outcome
    assert outcome in pages.OUTCOMES


def test_a_dropped_page_keeps_what_was_learned():
    page = read("<html><head><title>Gallery</title></head><body><img src='a.jpg' alt='x'></body></html>")
    assert (page.outcome, page.title, placed(page)) == ("no_text", "Gallery", [("a.jpg", 0)])


def test_bounds_drop_large_pages_by_name():
    body = f"<p>{TEXT[0]}</p>{PICTURE}" + "<b>x</b>" * 100
    assert read(body, Extract(max_html_bytes=500)).outcome == "too_large"
    assert read(body, Extract(max_elements=50)).outcome == "too_many_elements"
    assert read(body, Extract(max_elements=500)).outcome == "kept"


def test_references_above_the_bound_are_counted_but_not_kept():
    page = read(
        f"<p>{TEXT[0]}</p>" + "".join(f'<img src="{n}.jpg">' for n in range(30)),
        Extract(max_image_references=10),
    )
    assert (page.outcome, len(page.references)) == ("kept", 10)
    assert page.fault == "30 image references, the first 10 are kept"


def test_a_page_that_takes_too_long_is_dropped_by_name(monkeypatch):
    def spin(root):
        while True:
            pass

    monkeypatch.setattr(pages, "extract_blocks", spin)
    page = read(f"<p>{TEXT[0]}</p>{PICTURE}", Extract(deadline_s=0.05))
    assert (page.outcome, page.title) == ("deadline", "River")


def swallow_exceptions_under_a_deadline():
    with cpu_deadline(0.05):
        while True:
            with contextlib.suppress(Exception):
                sum(range(1_000))


def test_a_deadline_gets_through_code_that_swallows_exceptions():
    started = time.process_time()
    with pytest.raises(DeadlineExceeded):
        swallow_exceptions_under_a_deadline()
    assert time.process_time() - started < 5


def test_no_deadline_is_left_behind_and_threads_go_without():
    with cpu_deadline(0.05):
        pass
    done = []

    def work():
        with cpu_deadline(0.001):
            sum(range(200_000))
        done.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    sum(range(5_000_000))
    assert done == [True]


def test_an_exception_of_a_parser_is_an_outcome(monkeypatch):
    def fail(root):
        raise RecursionError("too deep for the extractor")

    monkeypatch.setattr(pages, "extract_blocks", fail)
    page = read(f"<p>{TEXT[0]}</p>{PICTURE}")
    assert (page.outcome, page.fault) == ("parse_failed", "RecursionError: too deep for the extractor")


def test_markup_that_is_escaped_stays_text():
    page = read(f"<p>{TEXT[0]} Write &lt;img src=x&gt; to show it.</p>{PICTURE}<p>{TEXT[1]}</p>")
    assert page.sentences[1] == "Write <img src=x> to show it."
    assert len(page.references) == 1


def test_references_to_characters_that_do_not_exist_are_replaced():
    page = read(f"<p>{TEXT[0]}</p><p>NUL &#0; surrogate &#xD800; too high &#x110000; end\0.</p>{PICTURE}")
    page.sentences[1].encode("utf-8")
    assert "\0" not in "".join(page.sentences)


def test_broken_markup_is_read_as_browsers_do():
    page = read(
        f'<p>{TEXT[0]}<p>{TEXT[1]}<table><tr><td><img src=t.jpg><td>cell</table><b><i>{TEXT[2]}</b></i><img src="u.jpg"'
    )
    assert page.outcome == "kept"
    assert placed(page)[0] == ("t.jpg", 2)


def test_a_comment_that_never_ends_hides_the_rest():
    page = read(f'<p>{TEXT[0]}</p><img src="seen.jpg"><!-- <p>{TEXT[1]}</p><img src="hidden.jpg">')
    assert (page.sentences, placed(page)) == (TEXT[:1], [("seen.jpg", 1)])


@pytest.mark.parametrize(
    ("start", "html"),
    [
        (b"<!DOCTYPE html>", True),
        (b"\xef\xbb\xbf  <HTML lang=en>", True),
        (b"<?xml version='1.0'?><html xmlns='x'>", True),
        (b"<!-- a comment --><body>", True),
        (b"<p>text", True),
        (b"plain text <p>", False),
        (b"<htmlish>", False),
        (b"<svg>", False),
        (b"{}", False),
        (b"", False),
    ],
)
def test_undeclared_bytes_are_html_when_they_start_like_it(start, html):
    assert looks_like_html(start) == html


TAGS = [
    "<p>",
    "</p>",
    "<div>",
    "</div>",
    "<b>",
    "</b>",
    "<table>",
    "<td>",
    "</table>",
    "<figure>",
    "</figure>",
    "<br>",
]
TAGS += [
    "<figcaption>",
    "</figcaption>",
    "<noscript>",
    "</noscript>",
    "<picture>",
    "</picture>",
    "<source srcset=s>",
]
TAGS += ['<img src="a.jpg">', "<img>", "<!--", "-->", "<script>", "</script>", "&#xD800;", "\0", "ü", *TEXT]


@given(st.lists(st.sampled_from(TAGS), max_size=30))
def test_no_markup_breaks_the_promises_of_a_page(parts):
    page = read("".join(parts))
    assert page.outcome in pages.OUTCOMES
    assert page.outcome != "parse_failed", page.fault
    assert page.places == sorted(page.places)
    assert all(0 <= place <= len(page.sentences) for place in page.places)
    assert sum(block.n_sentences for block in page.blocks) == len(page.sentences)


def test_no_element_is_both_unseen_and_a_block():
    assert not set(survey.UNSEEN) & survey.BLOCKS


def test_a_reference_tells_where_the_link_around_it_leads():
    links = {
        "full.jpg": "https://e.org/dir/full.jpg",
        "//x.org/": "https://x.org/",
        "javascript:go()": None,
        "": None,
    }
    images = [f'<a href="{href}"><b><img src="{number}.jpg"></b></a>' for number, href in enumerate(links)]
    page = read(f"<p>{TEXT[0]}</p>{''.join(images)}<img src=bare.jpg>")
    assert [reference.link_url for reference in page.references] == [*links.values(), None]


def test_a_noscript_copy_takes_the_link_of_the_placeholder_that_it_stands_for():
    lazy = '<img src="data:image/gif;base64,R0"><noscript><img src="real.jpg"></noscript>'
    (reference,) = read(f'<p>{TEXT[0]}</p><a href="/full">{lazy}</a>').references
    assert (reference.url, reference.link_url) == ("https://e.org/dir/real.jpg", "https://e.org/full")


@pytest.mark.parametrize(
    ("head", "url"),
    [
        ('<meta property="og:image" content="/share.jpg">', "https://e.org/share.jpg"),
        (
            '<meta name="twitter:image" content="t.jpg"><meta property="OG:Image" content="o.jpg">',
            "https://e.org/dir/o.jpg",
        ),
        ('<link rel="image_src" href="//cdn.e.org/i.png">', "https://cdn.e.org/i.png"),
        (
            '<meta property="og:image" content=""><meta property="og:image" content="b.jpg">',
            "https://e.org/dir/b.jpg",
        ),
        (
            '<meta property="og:image" content="data:image/png;base64,AA"><meta property="og:image:width" content="9">',
            None,
        ),
    ],
)
def test_the_picture_that_stands_for_a_page_is_recorded_and_is_none_of_its_references(head, url):
    page = read(f"<html><head>{head}</head><body><p>{TEXT[0]}</p><img src=a.jpg></body></html>")
    assert page.preview_url == url
    assert placed(page) == [("a.jpg", 1)]
