from pathlib import Path

from corpus.config import Bound, Filters
from corpus.filters.filter import Filter
from corpus.filters.listing import UNITS, bound_text, filter_page

COMMITTED = Path(__file__).parents[2] / "docs" / "filters.md"


def image_side_px(row):
    """The shorter
    side | px."""
    return None


def test_the_committed_page_is_that_of_the_filters():
    committed = COMMITTED.read_text(encoding="utf-8")
    assert committed == filter_page(UNITS, Filters()), "filters or bounds have changed: run make schemas"


def test_a_line_tells_unit_name_meaning_bound_and_source():
    page = filter_page({"image": [Filter("image_side_px", image_side_px, "MMC4")]}, Filters())
    assert page.endswith("| image | `image_side_px` | The shorter side \\| px. | at least 150 | MMC4 |\n")


def test_every_bound_of_the_settings_has_a_line():
    page = filter_page(UNITS, Filters())
    assert [name for name in Filters.model_fields if page.count(f"| `{name}` |") != 1] == []


def test_bounds_are_told_by_the_ends_they_have():
    assert bound_text(Bound(min=4, max=100_000)) == "at least 4, at most 100,000"
    assert bound_text(Bound(max=0.16)) == "at most 0.16"
    assert bound_text(Bound()) == "none"
