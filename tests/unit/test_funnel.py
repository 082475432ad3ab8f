from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.columns import KEPT
from corpus.config import Bound
from corpus.errors import DataError
from corpus.look.funnel import (
    CHAINS,
    IMAGE_REFERENCE,
    PAGE,
    SENTENCE,
    Tally,
    add_tallies,
    check_funnel,
    funnel_table,
    tallies_in,
    waterfalls,
)
from corpus.look.funnel_text import format_funnel
from corpus.look.tallies import part_tallies
from corpus.look.words import (
    bound_text,
    bytes_text,
    is_web_address,
    number_text,
    readable,
    seconds_text,
    share_text,
    shortened,
)
from corpus.tables.product import FUNNEL
from tests.unit.drawn_build import draw_build, parts_of
from tests.unit.drawn_pages import PAGES


@pytest.fixture(scope="module")
def build():
    return draw_build(PAGES)


@pytest.fixture(scope="module")
def tallies(build):
    return list(part_tallies(parts_of(build)))


def n_rows(tallies, unit, table, outcome=KEPT):
    return sum(
        each.n_rows for each in tallies if (each.unit, each.table, each.outcome) == (unit, table, outcome)
    )


def test_a_build_in_which_nothing_is_lost_adds_up(tallies):
    check_funnel(tallies)


def test_tallies_of_two_chunks_add_up_too(tallies):
    doubled = add_tallies([*tallies, *tallies])
    check_funnel(doubled)
    assert n_rows(doubled, PAGE, "documents") == 2 * n_rows(tallies, PAGE, "documents") == 12


def test_sentences_count_under_the_outcome_of_their_page(tallies):
    n_copied = len(PAGES[4].sentences)
    assert n_rows(tallies, SENTENCE, "page_decisions", "page_text_copies") == n_copied == 6
    assert n_rows(tallies, SENTENCE, "document_decisions", "document_images") == 1
    assert n_rows(tallies, SENTENCE, "document_decisions") == n_rows(tallies, SENTENCE, "interleaved") == 12


def test_a_sentence_left_out_as_far_from_all_pictures_counts_under_its_filter():
    shorter = draw_build(PAGES)
    row = shorter.rows["interleaved"][0]
    row |= {"text_list": row["text_list"][1:], "far_sentences": [0]}
    tallies = list(part_tallies(parts_of(shorter)))
    check_funnel(tallies)
    assert n_rows(tallies, SENTENCE, "interleaved", "sentence_above") == 1
    assert n_rows(tallies, SENTENCE, "interleaved") == 11


def test_only_matched_pictures_count_under_the_outcome_of_their_document(tallies):
    assert n_rows(tallies, IMAGE_REFERENCE, "alignments", "min_similarity") == 1
    assert n_rows(tallies, IMAGE_REFERENCE, "document_decisions") == 5
    assert n_rows(tallies, IMAGE_REFERENCE, "document_decisions", "document_images") == 0


def test_a_document_without_a_decision_is_found():
    lacking = draw_build(PAGES)
    lacking.rows["page_decisions"].pop()
    with pytest.raises(DataError, match="page_decisions holds 6 pages, but documents holds 7"):
        check_funnel(part_tallies(parts_of(lacking)))


def test_lost_rows_are_named_with_table_and_numbers(tallies):
    lossy = [
        replace(each, n_rows=each.n_rows - 1)
        if each.table == "image_decisions" and each.outcome == KEPT
        else each
        for each in tallies
    ]
    with pytest.raises(
        DataError, match="image_decisions holds 8 image references, but page_decisions kept 9"
    ):
        check_funnel(lossy)


def test_rows_written_twice_are_found(tallies):
    twice = [*tallies, *(each for each in tallies if each.unit == PAGE and each.table == "interleaved")]
    with pytest.raises(DataError, match="interleaved holds 8 pages, but document_decisions kept 4"):
        check_funnel(twice)


def test_a_drop_that_changes_its_name_on_the_way_is_found(tallies):
    renamed = [
        replace(each, outcome="too_large")
        if each.table == "page_decisions" and each.outcome == "deadline" and each.unit == PAGE
        else each
        for each in tallies
    ]
    with pytest.raises(DataError, match="page_decisions holds 0 pages as deadline, but documents 1"):
        check_funnel(renamed)


def test_pages_that_a_file_announced_and_documents_lack_are_found(tallies):
    more = [
        replace(each, n_rows=9) if each.unit == PAGE and each.table == "warc_files" else each
        for each in add_tallies(tallies)
    ]
    with pytest.raises(DataError, match="documents holds 7 pages, but warc_files kept 9"):
        check_funnel(more)


@given(st.data())
def test_one_wrong_count_anywhere_is_found(data):
    tallies = sound_tallies(data)
    check_funnel(tallies)
    wrong = data.draw(st.sampled_from([each for each in tallies if is_compared(each)]))
    tallies[tallies.index(wrong)] = replace(wrong, n_rows=wrong.n_rows + 1)
    with pytest.raises(DataError, match="does not add up"):
        check_funnel(tallies)


def is_compared(tally):
    """What the first table dropped is known from it alone, unless the next one carries it on."""
    first, *others = CHAINS[tally.unit]
    if not others:
        return False
    return tally.table != first.table or tally.outcome == KEPT or others[0].carries


def sound_tallies(data):
    """Counts of all chains, one drop per table, every table holding what the one before left to it."""
    tallies = []
    for unit, chain in CHAINS.items():
        left, carried = data.draw(st.integers(0, 50)), []
        for number, link in enumerate(chain):
            n_dropped = data.draw(st.integers(0, left)) if number else 0
            left -= n_dropped
            dropped = Tally(unit, link.table, f"drop_{number}", n_dropped)
            kept = Tally(unit, link.table, KEPT, left)
            tallies += [*(replace(each, table=link.table) for each in carried if link.carries), dropped, kept]
            carried = [*(carried if link.carries else []), dropped]
    return tallies


def test_a_waterfall_names_each_drop_once_where_it_happened(tallies):
    pages = next(each for each in waterfalls(funnel_table(tallies, {})) if each.unit == PAGE)
    met = {step.table: [(line.outcome, line.n_rows) for line in step.lines] for step in pages.steps}
    assert met == {
        "warc_files": [(KEPT, 7)],
        "documents": [("deadline", 1), (KEPT, 6)],
        "page_decisions": [("page_text_copies", 1), (KEPT, 5)],
        "document_decisions": [("document_images", 1), (KEPT, 4)],
        "interleaved": [(KEPT, 4)],
    }
    assert (pages.n_in, pages.n_kept) == (7, 4)


def test_shares_are_of_the_step_and_of_the_input(tallies):
    pages = next(each for each in waterfalls(funnel_table(tallies, {})) if each.unit == PAGE)
    kept = pages.steps[2].lines[-1]
    assert kept.share_of_step == pytest.approx(5 / 6)
    assert kept.share_of_input == pytest.approx(5 / 7)


def test_an_empty_build_has_empty_waterfalls():
    check_funnel([])
    assert [(each.n_in, each.n_kept) for each in waterfalls(funnel_table([], {}))] == [(0, 0)] * len(CHAINS)
    assert "page" in format_funnel(funnel_table([], {}))


def test_the_funnel_table_obeys_its_schema_and_gives_the_tallies_back(tallies):
    funnel = funnel_table(tallies, {"documents": 2.5})
    assert funnel.schema == FUNNEL.schema
    assert tallies_in(funnel) == add_tallies(tallies)
    keys = list(zip(*(funnel.column(name).to_pylist() for name in FUNNEL.key), strict=True))
    assert len(keys) == len(set(keys))


def test_the_printed_funnel_fits_100_columns_and_is_aligned(tallies):
    text = format_funnel(
        funnel_table([*tallies, Tally(PAGE, "documents", "a_very_long_name_" * 5, 10**12)], {})
    )
    lines = text.splitlines()
    assert max(map(len, lines)) <= 100
    ends = {line.index(word) + len(word) for line in lines for word in ["count"] if word in line}
    assert len(ends) == 1
    assert all(line[ends.copy().pop() - 1].isdigit() for line in lines if line.startswith("    "))


def test_time_stands_once_per_table(tallies):
    text = format_funnel(funnel_table(tallies, {"page_decisions": 3.0, "sentence_embeddings": 90.0}))
    assert text.count("3.0 s") == 1
    assert text.splitlines()[-1] == "time in all: 1 min 33 s; of it sentence_embeddings 1 min 30 s"


def test_a_step_that_dropped_nothing_takes_one_line(tallies):
    lines = format_funnel(funnel_table(tallies, {})).splitlines()
    at = lines.index(next(line for line in lines if line.startswith("  interleaved")))
    assert lines[at].split() == ["interleaved", "4", "100.0", "%", "57.1", "%"]
    assert lines[at + 1] == ""


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0, "0.0 %"),
        (1, "100.0 %"),
        (0.5, "50.0 %"),
        (0.0001, "<0.1 %"),
        (0.9999, ">99.9 %"),
        (1 / 3, "33.3 %"),
    ],
)
def test_a_share_never_reads_as_nothing_or_all_when_it_is_not(share, text):
    assert share_text(share) == text


def test_numbers_read_well():
    assert [bytes_text(n) for n in (0, 999, 1000, 99_600, 1_234_567, 10**12)] == [
        "0 B", "999 B", "1.0 kB", "100 kB", "1.2 MB", "1.0 TB",
    ]  # fmt: skip
    assert [seconds_text(s) for s in (0.04, 59.9, 60, 3_725)] == [
        "0.0 s",
        "59.9 s",
        "1 min 00 s",
        "1 h 02 min",
    ]
    assert [number_text(x) for x in (1.0, 150.0, 0.08123, 12_345.0, -0.5)] == [
        "1",
        "150",
        "0.08123",
        "12,345",
        "-0.5",
    ]


def test_bounds_say_what_passes():
    assert bound_text(Bound(min=0.5, max=2)) == "0.5 to 2 passes"
    assert bound_text(Bound(min=150)) == "150 or more passes"
    assert bound_text(Bound(max=10)) == "10 or less passes"
    assert bound_text(Bound()) == "everything passes"


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,x",
        "//host/path",
        "http://",
        "http://[::1",
        "https://host/" + "x" * 2000,
    ],
)
def test_what_is_no_web_address_becomes_no_link(url):
    assert not is_web_address(url)


def test_web_addresses_become_links():
    assert is_web_address("http://example.org/a?b=c#d")
    assert is_web_address("https://مثال.example/صفحة")


def test_texts_are_shortened_to_one_line_without_control_characters():
    assert shortened("a\n b\tc\x00", 10) == "a b c\ufffd"
    assert shortened("abcdef", 4) == "abc…"
    assert readable("line\nnext\x1b[31m") == "line\nnext\ufffd[31m"
