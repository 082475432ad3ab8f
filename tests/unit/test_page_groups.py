from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.columns import KEPT
from corpus.look.page_groups import (
    ADDRESS,
    GROUPS_SHOWN,
    NO_DOMAIN,
    UNKNOWN,
    PageGroups,
    by_region,
    group_warnings,
    in_order,
    largest,
    page_groups,
    top_level_domain,
)
from tests.unit.drawn_build import draw_build
from tests.unit.drawn_pages import PAGES, DrawnPage

FATES = st.dictionaries(
    st.text("abcdef", min_size=1, max_size=3),
    st.dictionaries(st.sampled_from([KEPT, "no_text", "page_words"]), st.integers(1, 50), min_size=1).map(
        Counter
    ),
    max_size=60,
)


@pytest.mark.parametrize(
    ("url", "domain"),
    [
        ("https://www.a.example.DE/x.com", "de"),
        ("http://user@a.co.uk:8080/", "uk"),
        ("http://a.com./", "com"),
        ("http://xn--e1afmkfd.xn--p1ai/", "xn--p1ai"),
        ("http://192.168.0.1:80/a.de", ADDRESS),
        ("http://[2001:db8::1]:8080/", ADDRESS),
        ("http://localhost/", NO_DOMAIN),
        ("http://a.b_c/", NO_DOMAIN),
        ("http://.de/", NO_DOMAIN),
        ("http://[broken/", NO_DOMAIN),
        ("dns:a.de", NO_DOMAIN),
        ("", NO_DOMAIN),
    ],
)
def test_the_domain_is_the_last_label_of_the_host_and_of_nothing_else(url, domain):
    assert top_level_domain(url) == domain


def test_every_page_counts_once_by_language_by_domain_and_by_region_over_all_chunks():
    groups = page_groups([draw_build(PAGES), draw_build(PAGES[:2])])
    for found in (groups.languages, groups.domains, groups.regions):
        assert sum(each.n_all for each in found) == len(PAGES) + 2
    wanted = Counter(each.language or UNKNOWN for each in [*PAGES, *PAGES[:2]])
    assert {each.name: each.n_all for each in groups.languages} == wanted
    kept = Counter(each.language or UNKNOWN for each in [*PAGES, *PAGES[:2]] if each.fate == KEPT)
    assert {each.name: each.n_kept for each in groups.languages if each.n_kept} == kept


def test_pages_dropped_early_count_under_the_outcome_that_dropped_them():
    pages = [DrawnPage(f"https://a.de/{n}", "A", None, fate="no_text") for n in range(3)]
    (group,) = page_groups([draw_build(pages)]).domains
    assert (group.name, group.n_kept, group.drops) == ("de", 0, (("no_text", 3),))


@given(FATES)
def test_groups_left_out_of_the_table_are_counted_in_its_last_line(fates):
    groups = in_order(fates)
    shown = largest(groups)
    assert len(shown) <= GROUPS_SHOWN
    assert sum(each.n_all for each in shown) == sum(each.n_all for each in groups)
    assert all(each.n_all == each.n_kept + sum(n for _, n in each.drops) for each in shown)


def warned(**fates):
    return group_warnings(PageGroups(counted(fates), (), (), ()))


def counted(fates):
    return in_order({name: Counter(found) for name, found in fates.items()})


def test_a_language_kept_half_as_often_as_the_others_is_warned_of_with_what_took_most():
    (line,) = warned(en={KEPT: 80, "no_text": 20}, de={KEPT: 8, "page_words": 3, "page_stop_words": 19})
    assert line.startswith(
        "of 30 pages in de 26.7 % are kept, of all 67.7 %; page_stop_words dropped most of them, 19"
    )


@pytest.mark.parametrize(
    "fates",
    [
        {"de": {KEPT: 1, "page_words": 18}},
        {"de": {KEPT: 45, "page_words": 55}},
        {UNKNOWN: {"no_text": 500}},
        {"de": {KEPT: 0}},
    ],
    ids=["under 20 pages", "more than half", "no language", "no page"],
)
def test_no_warning_without_cause(fates):
    assert warned(en={KEPT: 80, "no_text": 20}, **{name: fates[name] for name in fates}) == []


def test_nothing_kept_at_all_is_no_matter_of_language():
    assert warned(en={"document_images": 100}, de={"document_images": 100}) == []


def test_pages_are_grouped_by_the_region_of_their_domain():
    fates = {
        "de": {KEPT: 2},
        "fr": {KEPT: 1, "no_text": 4},
        "com": {KEPT: 7},
        "tv": {"no_text": 1},
        "zz": {KEPT: 3},
    }
    regions = by_region({name: Counter(found) for name, found in fates.items()})
    assert regions == {
        "Western Europe": Counter({KEPT: 3, "no_text": 4}),
        "generic": Counter({KEPT: 7, "no_text": 1}),
        UNKNOWN: Counter({KEPT: 3}),
    }


def test_a_region_kept_half_as_often_as_all_pages_is_warned_of_and_generic_hosts_are_none():
    regions = counted({"Eastern Asia": {KEPT: 5, "page_words": 25}, "generic": {KEPT: 90, "no_text": 10}})
    (line,) = group_warnings(PageGroups((), (), regions, ()))
    assert line.startswith(
        "of 30 pages from Eastern Asia 16.7 % are kept, of all 73.1 %; page_words dropped most of them, 25"
    )
    seldom = counted({"Eastern Asia": {KEPT: 90}, "generic": {"no_text": 100}, ADDRESS: {"no_text": 50}})
    assert group_warnings(PageGroups((), (), seldom, ())) == []


def test_sentences_are_counted_by_the_language_of_their_page_and_a_language_that_loses_most_is_warned_of():
    drawn = draw_build(PAGES)
    found = {each.name: each.n_all for each in page_groups([drawn, drawn]).sentences}
    assert found == {"en": 18, "ar": 4, "zh": 4}
    sentences = counted(
        {"en": {KEPT: 90, "block_words": 10}, "bn": {KEPT: 3, "block_words": 17, "block_notices": 1}}
    )
    (line,) = group_warnings(PageGroups((), (), (), sentences))
    assert line.startswith(
        "of 21 sentences on pages in bn 14.3 % are kept, of all 76.9 %; block_words dropped most of them, 17"
    )
