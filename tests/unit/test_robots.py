"""What sites ask of robots is read as RFC 9309 and X-Robots-Tag say."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.fetch.robots import deciding, declared, matches, opt_out, rules_for

AGENT = "interleaved-corpus"


def allowed(rules, url):
    rule = deciding(rules, url)
    return rule is None or rule[1]


@pytest.mark.parametrize(
    ("text", "path", "expected"),
    [
        ("", "/a.jpg", True),
        ("User-agent: *\nDisallow:", "/a.jpg", True),
        ("User-agent: *\nDisallow: /", "/a.jpg", False),
        ("\ufeffUSER-AGENT: *\r\ndisallow : /private # keep out\r\n", "/private/a.jpg", False),
        ("User-agent: *\nDisallow: /img\nAllow: /img/open", "/img/open/a.jpg", True),
        ("User-agent: *\nDisallow: /img\nAllow: /img", "/img/a.jpg", True),
        ("User-agent: otherbot\nDisallow: /", "/a.jpg", True),
        ("User-agent: otherbot\nUser-agent: Interleaved-Corpus\nDisallow: /", "/a.jpg", False),
        ("User-agent: *\nDisallow: /\n\nUser-agent: interleaved-corpus\nAllow: /", "/a.jpg", True),
        (
            "User-agent: interleaved-corpus\nDisallow: /a\n\nUser-agent: interleaved-corpus\nDisallow: /b",
            "/b",
            False,
        ),
        ("User-agent: interleaved-corpus\nSitemap: /s.xml\nDisallow: /a", "/a", False),
        ("User-agent: *\nDisallow: /*.jpg$", "/x/a.jpg", False),
        ("User-agent: *\nDisallow: /*.jpg$", "/x/a.jpg?size=1", True),
        ("User-agent: *\nDisallow: /*?size=", "/a.jpg?size=1", False),
        ("User-agent: *\nDisallow: /ü", "/%C3%BC/a.jpg", False),
        ("User-agent: *\nDisallow: /%c3%bc", "/%C3%BC/a.jpg", False),
        ("Disallow: /", "/a.jpg", True),
        ("<html>no robots here</html>", "/a.jpg", True),
    ],
)
def test_robots_txt_is_read_as_the_rfc_says(text, path, expected):
    assert allowed(rules_for(text, AGENT), f"https://example.com{path}") is expected


def test_the_rule_that_decides_is_named():
    rules = rules_for(
        "User-agent: *\nDisallow: /img\nAllow: /img/open\nDisallow: /img/open\nAllow: /\n", AGENT
    )
    assert deciding(rules, "https://example.com/img/open/a.jpg") == ("/img/open", True)
    assert deciding(rules, "https://example.com/img/a.jpg") == ("/img", False)
    assert deciding(rules_for("", AGENT), "https://example.com/img/a.jpg") is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("User-agent: *\nCrawl-delay: 10", 10),
        ("User-agent: *\nCrawl-delay: 0.5\nDisallow: /a", 0.5),
        ("User-agent: *\nCrawl-delay: 10\n\nUser-agent: interleaved-corpus\nDisallow: /a", 0),
        ("User-agent: interleaved-corpus\nCrawl-delay: 3\n\nUser-agent: *\nCrawl-delay: 10", 3),
        ("User-agent: otherbot\nCrawl-delay: 10", 0),
        ("User-agent: *\nCrawl-delay: 1\nCrawl-delay: 2", 2),
        ("User-agent: *\nCrawl-delay: -1", 0),
        ("User-agent: *\nCrawl-delay: nan", 0),
        ("User-agent: *\nCrawl-delay: 1e99", 0),
        ("User-agent: *\nCrawl-delay:", 0),
    ],
)
def test_crawl_delay_is_read_for_the_agent_it_is_meant_for(text, expected):
    assert rules_for(text, AGENT).crawl_delay_s == expected


def test_a_crawl_delay_does_not_end_a_list_of_agents():
    rules = rules_for("User-agent: *\nCrawl-delay: 1\nUser-agent: otherbot\nDisallow: /", AGENT)
    assert rules.crawl_delay_s == 1
    assert not allowed(rules, "https://example.com/a.jpg")


def test_what_headers_declare_is_kept_as_it_was_said():
    headers = [
        ("X-Robots-Tag", "noai"),
        ("Server", "x"),
        ("x-robots-tag", "otherbot: none"),
        ("TDM-Policy", "/p"),
    ]
    assert declared(headers) == {
        "x_robots_tag": "noai,\notherbot: none",
        "tdm_reservation": None,
        "tdm_policy": "/p",
    }


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("/a", "/abc", True),
        ("/a$", "/abc", False),
        ("/a$", "/a", True),
        ("*", "/", True),
        ("/*a*b$", "/xaxb", True),
        ("/*a*b$", "/xb", False),
        ("/ab*b$", "/ab", False),
        ("/**a", "/xa", True),
    ],
)
def test_stars_and_the_final_dollar_match(pattern, path, expected):
    assert matches(pattern, path) is expected


def test_a_pattern_of_stars_takes_no_exponential_time():
    begun_s = time.monotonic()
    assert not matches("/" + "*a" * 2_000 + "b$", "/" + "a" * 2_000)
    assert time.monotonic() - begun_s < 1


@given(st.text(), st.text())
def test_no_text_makes_the_reader_stumble(text, path):
    rules = rules_for(f"User-agent: *\nDisallow: {text}\n{text}", AGENT)
    assert allowed(rules, f"https://example.com/{path}") in (True, False)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("X-Robots-Tag", "noai", True),
        ("x-robots-tag", "nofollow, NOIMAGEAI", True),
        ("X-Robots-Tag", "noindex", True),
        ("X-Robots-Tag", "noimageindex", True),
        ("X-Robots-Tag", "none", True),
        ("X-Robots-Tag", "nofollow, noarchive", False),
        ("X-Robots-Tag", "otherbot: noindex", False),
        ("X-Robots-Tag", "otherbot: noindex, noai", False),
        ("X-Robots-Tag", "otherbot: nofollow, interleaved-corpus: noai", True),
        ("X-Robots-Tag", "max-image-preview: large, noai", True),
        ("X-Robots-Tag", "unavailable_after: 25 Jun 2030 15:00:00 PST", False),
        ("tdm-reservation", "1", True),
        ("TDM-Reservation", "0", False),
        ("Content-Type", "noai", False),
    ],
)
def test_owners_opt_out_by_header(name, value, expected):
    assert (opt_out([("Server", "x"), (name, value)], AGENT) is not None) is expected
