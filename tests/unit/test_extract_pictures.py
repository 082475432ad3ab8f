"""Pages written against the rules, or by the newest ones: which pictures a reader sees, and with what they come."""

import pytest

from tests.unit.test_extract_page import TEXT, paragraphs, read

PAGE = "https://e.org/dir/"


def references(body, head=""):
    html = f"<html><head><title>River</title>{head}</head><body><article>{paragraphs(*TEXT[:2])}{body}"
    return read(f"{html}{paragraphs(*TEXT[2:])}</article></body></html>").references


def shown(body, head=""):
    return [reference.url.removeprefix(PAGE) for reference in references(body, head)]


@pytest.mark.parametrize(
    ("head", "url"),
    [
        ('<base href="/one/"><base href="/two/">', "https://e.org/one/a.jpg"),
        ('<base target="_top"><base href="/two/">', "https://e.org/two/a.jpg"),
        ('<base href=" ../up/\n">', "https://e.org/up/a.jpg"),
        ('<base href="data:text/html,x"><base href="/two/">', "a.jpg"),
        ('<base href="javascript:void(0)">', "a.jpg"),
        ('<base href="http://">', "a.jpg"),
        ('<template><base href="/t/"></template>', "a.jpg"),
    ],
)
def test_the_first_base_that_has_an_href_counts_where_it_is_one_of_the_web(head, url):
    assert shown("<img src=a.jpg>", head) == [url]


@pytest.mark.parametrize(
    ("body", "urls"),
    [
        ("<IMG SRC=A.JPG><img src=a.jpg src=b.jpg>", ["A.JPG", "a.jpg"]),
        ("<image src=a.jpg>", ["a.jpg"]),
        ("<svg><image href=s.jpg></image><image xlink:href=t.jpg /></svg>", ["s.jpg", "t.jpg"]),
        ("<amp-img src=a.jpg><noscript><img src=a.jpg></noscript></amp-img>", ["a.jpg"]),
        ("<noscript><div><noscript><img src=n.jpg></noscript></div></noscript><img src=a.jpg>", ["n.jpg", "a.jpg"]),
        ("<object data=o.jpg type=image/jpeg><img src=fallback.jpg></object>", ["fallback.jpg"]),
        ("<div><template shadowrootmode=open><img src=s.jpg></template></div>", ["s.jpg"]),
        ('<img src="about:blank" data-cfsrc=r.jpg><noscript><img src=r.jpg></noscript>', ["r.jpg"]),
        ('<img src="data:image/jpeg;base64,/9j/" loading=lazy><noscript><img src=r.jpg></noscript>', ["r.jpg"]),
        ('<img src="data:image/jpeg;base64,/9j/" srcset="s.jpg 320w, m.jpg 640w">', ["m.jpg"]),
        ('<img srcset="a.jpg 2x 800w, b.jpg 1x" src=c.jpg>', ["c.jpg"]),
        ('<img srcset="a.jpg 2x 800w, b.jpg 1x">', ["b.jpg"]),
    ],
)  # fmt: skip
def test_a_picture_is_found_however_it_is_written(body, urls):
    assert shown(body) == urls


@pytest.mark.parametrize(
    "body",
    [
        "<template><img src=t.jpg></template>",
        "<input type=image src=i.jpg>",
        "<div style='background-image:url(bg.jpg)'></div>",
        "<video poster=p.jpg><source src=v.mp4 srcset=v.jpg></video>",
        "<object data=o.jpg type=image/jpeg></object><embed src=e.jpg>",
        '<iframe srcdoc="<img src=f.jpg>"></iframe>',
        "<!-- <img src=c.jpg> --><!--[if IE]><img src=ie.jpg><![endif]-->",
        "<img src='{{image.url}}' data-src='#'>",
        "<svg><image></image></svg>",
    ],
)
def test_what_shows_no_picture_in_the_text_is_none(body):
    assert shown(f"{body}<img src=a.jpg>") == ["a.jpg"]


@pytest.mark.parametrize(
    ("body", "url"),
    [
        ('<source type="image/avif" srcset=a.avif><source type="image/webp" srcset=a.webp><img>', "a.webp"),
        ('<source type="image/avif" srcset=a.avif><source srcset="a.jpg 800w"><img src=/blank.gif>', "a.jpg"),
        ('<source type="image/avif" srcset=a.avif><img>', "a.avif"),
        ('<source type="image/avif" srcset=a.avif><img src=a.jpg>', "a.jpg"),
    ],
)
def test_of_a_picture_element_a_type_that_may_not_open_is_the_last_choice(body, url):
    assert shown(f"<picture>{body}</picture>") == [url]


def test_sources_of_one_picture_element_are_not_those_of_the_next():
    first = '<picture><source type="image/avif" srcset=a.avif><img alt=one></picture>'
    assert shown(f"{first}<picture><img alt=two></picture><img alt=three>") == ["a.avif"]


@pytest.mark.parametrize(
    ("body", "captions"),
    [
        ("<figure><img src=a.jpg></figure>", [None]),
        ("<figure><img src=a.jpg><img src=b.jpg><figcaption>The <b>mill</b></figcaption></figure>", ["The mill"] * 2),
        ('<div class="wp-caption left"><img src=a.jpg><p class="wp-caption-text">The mill</p></div>', ["The mill"]),
        ('<dl class="wp-caption"><dt><img src=a.jpg></dt><dd class="wp-caption-text">The mill</dd></dl>', ["The mill"]),
        ('<div class="no-wp-caption"><img src=a.jpg><p class="wp-caption-text">The mill</p></div>', [None]),
        ('<div class="wp-caption"><img src=a.jpg></div><p class="wp-caption-text">The mill</p>', [None]),
    ],
)  # fmt: skip
def test_a_caption_is_that_of_the_figure_or_of_wordpress(body, captions):
    assert [reference.caption for reference in references(body)] == captions


def test_what_a_picture_declares_comes_with_it():
    body = '<a href="/big"><img src=a.jpg width=30% height=200px alt=" the\n mill " title=M></a>'
    (found,) = references(f"<nav>{body}</nav>")
    assert (found.alt, found.title, found.link_url) == ("the mill", "M", "https://e.org/big")
    assert (found.width_px, found.height_px) == (None, 200)


def test_the_picture_for_links_elsewhere_is_no_reference_of_the_page():
    page = read(
        f'<html><head><meta property="og:image" content="/og.jpg"></head><body><img src=a.jpg>{paragraphs(*TEXT)}'
    )
    assert page.preview_url == "https://e.org/og.jpg"
    assert [reference.url for reference in page.references] == [f"{PAGE}a.jpg"]


def test_a_page_whose_only_picture_is_drawn_in_svg_is_kept():
    assert read(f"<svg><image href=s.jpg /></svg>{paragraphs(*TEXT)}").outcome == "kept"
