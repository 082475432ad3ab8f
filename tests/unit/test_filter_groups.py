import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import fisher_exact

from corpus.columns import KEPT
from corpus.config import Bound, Settings
from corpus.look.filter_groups import (
    AXES,
    FilterGroups,
    UnitCounts,
    filter_groups,
    rates_of,
    shown_rates,
    warning_of,
)
from corpus.look.scores import bounds_of
from corpus.look.scripts import script_of
from tests.unit.drawn_build import draw_build
from tests.unit.drawn_pages import PAGES, DrawnPage

BOUNDS = bounds_of(Settings())


def rates(groups, n_hosts=50):
    """The rates of one filter over (group, pages, pages dropped)."""
    counts = UnitCounts(("page_stop_words",))
    places = {}
    for at, (group, n, n_dropped) in enumerate(groups):
        places[at] = ("language", group)
        urls = [f"https://{group}-{number % n_hosts}.example/{number}" for number in range(n)]
        dropped = (np.arange(n) < n_dropped).astype(float)[:, None]
        counts.add([(at,)] * n, urls.__getitem__, np.ones((n, 1)), dropped)
    return FilterGroups(tuple(rates_of("page", counts, places)))


def flagged_of(groups, n_hosts=50):
    return rates(groups, n_hosts).flagged


def test_a_filter_that_drops_one_language_far_more_often_is_flagged_with_pages_of_different_hosts():
    (rate,) = flagged_of([("bn", 40, 30), ("en", 200, 10), ("de", 200, 12)])
    assert (rate.name, rate.group, rate.n_pages, rate.rate) == ("page_stop_words", "bn", 40, 0.75)
    assert rate.others == 22 / 400
    assert len(set(rate.examples)) == 5
    assert warning_of(rate).startswith(
        "filter page_stop_words drops 75.0 % of the pages of language bn (40 pages), of all others 5.5 %:"
    )


@pytest.mark.parametrize(
    "groups",
    [
        [("bn", 19, 19), ("en", 400, 10)],
        [("bn", 40, 6), ("en", 400, 40)],
        [("bn", 2000, 80), ("en", 20_000, 200)],
        [("bn", 20, 2), ("en", 400, 4)],
        [("bn", 40, 40)],
        [("not known", 40, 40), ("en", 400, 10)],
    ],
    ids=["19 pages", "not twice as often", "three points more", "by chance", "no others", "no group"],
)
def test_nothing_is_flagged_without_cause(groups):
    assert flagged_of(groups) == []


def test_many_pages_of_few_hosts_are_not_flagged():
    assert flagged_of([("bn", 400, 400), ("en", 400, 10)], n_hosts=4) == []


@given(st.integers(1, 60), st.integers(0, 60), st.integers(1, 60), st.integers(0, 60))
def test_p_is_that_of_fishers_exact_test(n, dropped, n_others, dropped_others):
    dropped, dropped_others = min(dropped, n), min(dropped_others, n_others)
    found = rates([("x", n, dropped), ("y", n_others, dropped_others)])
    (rate,) = (rate for rate in found.rates if rate.group == "x")
    table = [[dropped, n - dropped], [dropped_others, n_others - dropped_others]]
    assert rate.p == pytest.approx(fisher_exact(table, alternative="greater").pvalue, rel=1e-6)


def test_noise_alone_flags_about_one_build_in_a_hundred_at_most():
    rng = random.Random(0)
    n_flagged = 0
    for _ in range(60):
        groups = [(f"g{at}", n, sum(rng.random() < 0.1 for _ in range(n))) for at, n in enumerate([20] * 20)]
        n_flagged += bool(flagged_of(groups))
    assert n_flagged <= 3


def build_with(scores):
    """Fifty pages of two languages on hosts of their own; page k has the scores[k] of page_stop_words."""
    pages = [
        DrawnPage(
            f"https://site-{number}.{'bd' if number < 25 else 'com'}/",
            "বাংলা পাতা" if number < 25 else "An English page",
            "bn" if number < 25 else "en",
            [("paragraph", ["One.", "Two."])],
            fate=KEPT,
        )
        for number in range(len(scores))
    ]
    build = draw_build(pages)
    for row, score in zip(build.rows["page_decisions"], scores, strict=True):
        row["scores"] = [("page_words", 1.0), ("page_stop_words", score)]
    return build


def test_each_score_is_held_to_its_own_bound_by_language_script_region_and_domain():
    found = filter_groups([build_with([0.0] * 25 + [5.0] * 25)], BOUNDS)
    flagged = {(rate.axis, rate.group) for rate in found.flagged if rate.name == "page_stop_words"}
    assert flagged == {
        ("language", "bn"),
        ("script", "Bengali"),
        ("region", "Southern Asia"),
        ("top-level domain", "bd"),
    }
    assert {rate.name for rate in found.flagged} == {"page_stop_words"}
    by_words = [rate for rate in found.rates if (rate.name, rate.axis) == ("page_words", "language")]
    assert {rate.group: rate.rate for rate in by_words} == {"bn": 1.0, "en": 1.0}


def test_chunks_add_up():
    build = build_with([0.0] * 10 + [5.0] * 40)
    one, two = (filter_groups([build] * n, BOUNDS) for n in (1, 2))
    once, twice = ({(rate.axis, rate.group, rate.name): rate for rate in each.rates} for each in (one, two))
    assert once.keys() == twice.keys()
    assert all(2 * once[key].n_pages == twice[key].n_pages for key in once)
    assert all(once[key].rate == twice[key].rate for key in once)


def test_pictures_pairs_and_sentences_count_by_their_share_on_a_page():
    build = draw_build(PAGES)
    build.rows["block_decisions"][0]["sentences"][0] = {"outcome": "block_notices"}
    n_sentences = len(build.rows["block_decisions"][0]["sentences"])
    found = filter_groups([build], BOUNDS | {"min_similarity": Bound(min=0.15)})
    by_name = {(rate.name, rate.group): rate for rate in found.rates if rate.axis == "language"}
    notices = by_name["block_notices", "en"]
    assert notices.rate == pytest.approx(1 / n_sentences / notices.n_pages)
    assert any(rate.rate for (name, _), rate in by_name.items() if name == "min_similarity")
    assert found.flagged == []


def test_tables_show_the_largest_groups_and_the_filters_that_drop_something():
    tables = shown_rates(filter_groups([build_with([0.0] * 10 + [5.0] * 30)], BOUNDS))
    assert [axis for axis, _, _ in tables] == list(AXES)
    (_, groups, lines) = tables[0]
    assert groups == ("bn", "en")
    assert [(name, [rate.rate for rate in found]) for name, found in lines] == [
        ("page_words", [1.0, 1.0]),
        ("page_stop_words", [0.4, 0.0]),
        ("document_images", [1.0, 1.0]),
    ]


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("The lakes – Озёра", "Latin"),
        ("Озёра of the north: озёра", "Cyrillic"),
        ("白猫坐着", "Han"),
        ("白猫が座る", "Kana"),
        ("ＡＢＣ", "Latin"),
        ("नमस्ते", "Devanagari"),
        ("12 + 3 = 15 🙂", None),
        ("", None),
        (None, None),
    ],
)
def test_the_script_of_a_text_is_that_of_most_of_its_letters(text, script):
    assert script_of(text) == script
