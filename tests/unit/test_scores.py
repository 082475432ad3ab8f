import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.cli import main
from corpus.config import Bound, Settings
from corpus.look import block_scores, scores
from corpus.look.score_matrix import score_matrix
from corpus.look.scores import (
    Scored,
    bins,
    bounds_of,
    edges,
    passing,
    setting_of,
    spreads,
    thinned,
    unit_scores,
)
from corpus.look.scores_text import format_spreads
from corpus.overrides import settings_from
from tests.unit.drawn_build import draw_build
from tests.unit.drawn_pages import PAGES
from tests.unit.written_build import write_build

NAMES = ("a", "b")
BOUNDS = {"a": Bound(min=2), "b": Bound(max=1)}
ROWS = Scored(NAMES, np.array([[1, 0], [1, 5], [3, 0], [3, 5], [3, np.nan], [np.nan, 0.0]]))


def test_map_entries_become_a_matrix_in_the_order_of_the_names():
    column = pa.array([[("b", 2.0), ("c", 9.0)], [], [("a", 1.0)]], pa.map_(pa.string(), pa.float64()))
    found = score_matrix(column, NAMES)
    assert np.array_equal(found, [[np.nan, 2], [np.nan, np.nan], [1, np.nan]], equal_nan=True)
    assert np.array_equal(score_matrix(column[1:], NAMES), found[1:], equal_nan=True)


def test_a_score_that_was_not_measured_passes():
    assert passing(ROWS, BOUNDS)[4:].all()


def test_a_bound_drops_alone_what_no_other_would():
    unit = spreads("page", ROWS, BOUNDS)
    assert (unit.n_judged, unit.n_kept) == (6, 3)
    assert [(each.n_measured, each.n_dropped, each.n_alone) for each in unit.spreads] == [
        (5, 2, 1),
        (5, 2, 1),
    ]


@given(
    st.lists(st.tuples(st.floats(-9, 9), st.floats(-9, 9)), min_size=1), st.floats(-9, 9), st.floats(-9, 9)
)
def test_kept_is_what_all_bounds_pass_and_every_measured_row_stands_in_a_bin(rows, low, high):
    bounds = {"a": Bound(min=low), "b": Bound(max=high)}
    unit = spreads("page", Scored(NAMES, np.array(rows)), bounds)
    assert unit.n_kept == sum(a >= low and b <= high for a, b in rows)
    assert all(sum(each.counts) == each.n_measured == len(rows) for each in unit.spreads)
    assert all(0 <= edge <= 1 for each in unit.spreads for edge in edges(each))


def test_too_many_rows_are_thinned_evenly_and_counts_are_scaled_up(monkeypatch):
    monkeypatch.setattr(scores, "MAX_ROWS", 100)
    batches = [np.arange(start, start + 7.0)[:, None] for start in range(0, 700, 7)]
    found = thinned(["a"], batches)
    assert found.stride == 8
    assert found.values[:, 0].tolist() == list(range(0, 700, 8))
    assert spreads("page", found, {"a": Bound()}).n_judged == 704


def test_bars_show_which_side_of_the_bound_they_are_on():
    spread = spreads("page", Scored(("a",), np.arange(100.0)[:, None]), {"a": Bound(min=50)}).spreads[0]
    passes = [each.passes for each in bins(spread)]
    assert passes == sorted(passes)
    assert 15 <= passes.count(False) <= 16
    assert edges(spread) == [pytest.approx(0.5, abs=0.02)]


def test_a_score_of_nothing_but_the_end_of_its_bound_is_shown_as_passing():
    spread = spreads("page", Scored(("b",), np.zeros((5, 1))), {"b": Bound(max=0)}).spreads[0]
    assert [each.passes for each in bins(spread) if each.height] == [True]


def test_the_tables_of_a_build_give_every_unit():
    found = dict(unit_scores(draw_build(PAGES)))
    assert {unit: len(scored.values) for unit, scored in found.items()} == {
        "page": 6,
        "image reference": 8,
        "document": 7,
        "core document": 0,
        "ff document": 0,
        "block": 7,
        "matched image": 6,
        "pair": 5,
        "kept sentence": 0,
    }
    (_, _, line) = format_spreads(
        spreads("document", found["document"], dict.fromkeys(found["document"].names, Bound(min=1))),
        ["document_images"],
    )
    assert line.split()[:6] == ["document_images", "1", "or", "more", "passes", "2"]


def test_pairs_are_judged_by_the_columns_of_the_alignment_and_only_those_that_reached_pair_filters():
    build = draw_build(PAGES)
    images = [image for row in build.rows["alignments"] for image in row["images"]]
    images[0] |= {"regret": 0.25, "outcome": "pair_regret"}
    found = dict(unit_scores(build))["pair"]
    regret = found.values[:, found.names.index("pair_regret")]
    assert len(regret) == sum(image["outcome"] in ("kept", "pair_regret") for image in images)
    assert [value for value in regret if not np.isnan(value)] == [0.25]


def test_sentences_beside_pictures_are_judged_where_they_were_measured():
    build = draw_build(PAGES)
    first, second, *_ = build.rows["alignments"]
    first["sentence_above"], second["sentence_above"] = [0.25, None], [0.5]
    found = dict(unit_scores(build))["kept sentence"]
    assert found.names == ("sentence_above",)
    assert found.values[:, 0].tolist() == [0.25, 0.5]


def test_bounds_of_tiers_are_tried_as_those_of_filters_are():
    build = draw_build(PAGES)
    build.rows["document_decisions"][0]["scores"] = [("core_sentences", 3.0), ("core_images", 2.0)]
    unit = spreads("core document", dict(unit_scores(build))["core document"], bounds_of(Settings()))
    assert (unit.n_judged, unit.n_kept) == (1, 0)
    assert setting_of("core_sentences") == "tiers.core_sentences"
    assert setting_of("image_aspect") == "filters.image_aspect"


def test_blocks_are_judged_on_pages_that_page_filters_kept_with_what_their_host_repeats():
    build = draw_build(PAGES)
    kept = [row["document_id"] for row in build.rows["page_decisions"] if row["outcome"] == "kept"]
    for row in build.rows["documents"]:
        row["blocks"] = [
            {**block, "kind": kind, "scores": [("block_words", 5.0)]}
            for block, kind in zip(row["blocks"], ("heading", "paragraph", "paragraph"), strict=False)
        ]
    build.rows["page_decisions"][0]["host_boilerplate_blocks"] = [0, 1]
    found = dict(unit_scores(build))["block"]
    n_blocks = sum(len(row["blocks"]) for row in build.rows["documents"] if row["document_id"] in kept)
    words, repeated = (
        found.values[:, found.names.index(name)] for name in ("block_words", "block_host_boilerplate")
    )
    assert words.tolist() == [5.0] * n_blocks
    assert np.nansum(repeated) == 1


def test_of_too_many_pages_some_are_looked_at_and_counts_are_scaled_up(monkeypatch):
    monkeypatch.setattr(block_scores, "MAX_PAGES", 2)
    build = draw_build(PAGES)
    kept = [row["document_id"] for row in build.rows["page_decisions"] if row["outcome"] == "kept"]
    pages, stride = block_scores.judged_pages(build)
    assert list(pages) == kept[::stride]
    assert stride > 1


def test_tables_of_other_bounds_are_written_where_the_build_lies_now(tmp_path, monkeypatch):
    write_build(
        tmp_path / "made", draw_build(PAGES), settings_from({"places": {"out": str(tmp_path / "made")}})
    )
    (tmp_path / "made").rename(tmp_path / "moved")
    built = []
    monkeypatch.setattr("corpus.run.build", lambda settings, say: built.append(settings))
    bound = "filters.document_images.min=2"
    assert main(["thresholds", str(tmp_path / "moved"), "document_images", "--set", bound, "--write"]) == 0
    assert built[0].places.out == str(tmp_path / "moved")
    assert built[0].filters.document_images.min == 2


def test_of_an_unknown_filter_the_one_that_is_like_it_is_named(tmp_path, capsys):
    write_build(tmp_path, draw_build(PAGES), Settings())
    assert main(["thresholds", str(tmp_path), "image_side"]) == 2
    assert capsys.readouterr().err.startswith(
        "corpus: no filter image_side (is image_side_px meant?); known: "
    )
