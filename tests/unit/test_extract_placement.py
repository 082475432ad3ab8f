"""Extracted lines are found again on the page."""

from hypothesis import given
from hypothesis import strategies as st

from corpus.extract import placement
from corpus.extract.placement import borders_within, compact, cut_line, locate, longest_rising


def page(*texts):
    """Stream and units of a page with these block-level texts."""
    stream, units = "", {}
    for text in map(compact, texts):
        units.setdefault(text, []).append(len(stream))
        stream += text
    return stream, units


def places(lines, *texts):
    stream, _ = page(*texts)
    return [
        stream[start:][: len(compact(line))] for start, line in zip(found(lines, *texts), lines, strict=True)
    ]


def found(lines, *texts):
    return locate([compact(line) for line in lines], *page(*texts))


def test_only_letters_and_digits_count():
    assert compact("Ein »Wort«, 2 Wörter_ – und\n天地!") == "EinWort2Wörterund天地"
    assert compact("e\u0301") == compact("é")


def test_lines_in_order_are_found_where_they_stand():
    texts = ["Home", "First paragraph.", "An advertisement", "Second paragraph."]
    assert places(["First paragraph", "Second paragraph"], *texts) == ["Firstparagraph", "Secondparagraph"]


def test_a_heading_is_found_before_its_text_and_not_in_the_navigation():
    texts = ["News", "Results", "About", "Results", "All the results of the day in one table."]
    assert found(["Results", texts[-1]], *texts)[0] == len("NewsResultsAbout")


def test_a_repeated_line_is_found_between_its_neighbours():
    texts = [
        "Who is there, asked the hen.",
        "No one.",
        "Who is it, asked the dog.",
        "No one.",
        "So be it, said all.",
    ]
    assert places(texts, *texts) == [compact(text) for text in texts]


def test_a_line_without_a_fixed_point_after_it_is_found_after_the_one_before():
    texts = ["Share", "The one and only paragraph.", "Share", "Share"]
    assert found([texts[1], "Share"], *texts)[1] == len(compact(texts[0] + texts[1]))


def test_a_line_that_lost_a_part_is_found_by_its_beginning():
    texts = ["Some other text.", "The beginning of this line is kept [edit] and so is its end."]
    assert found(["The beginning of this line is kept and so is its end."], *texts) == [
        len(compact(texts[0]))
    ]


def test_a_line_that_is_nowhere_stands_where_the_one_before_ends():
    texts = ["The first paragraph.", "The second paragraph."]
    lines = [texts[0], "invented by the extractor", texts[1]]
    assert found(lines, *texts) == [0, len(compact(texts[0])), len(compact(texts[0]))]


def test_lines_out_of_order_do_not_fall_back():
    texts = ["The first paragraph.", "The second paragraph.", "The third paragraph."]
    starts = found([texts[2], texts[0], texts[1]], *texts)
    assert starts == sorted(starts)


def test_a_search_without_end_is_given_up(monkeypatch):
    monkeypatch.setattr(placement, "SCAN_CHARACTERS", 10)
    assert found(["nowhere", "nowhere", "there"], "some text that goes on", "there") == [0, 0, 0]


@given(
    st.lists(st.sampled_from(["a", "bb", "bb", "ccc", "one two three", "four five six"]), max_size=12),
    st.data(),
)
def test_whatever_is_kept_positions_never_decrease_and_stay_on_the_page(texts, data):
    kept = [text for text in texts if data.draw(st.booleans())]
    starts = found(kept, *texts)
    assert starts == sorted(starts)
    assert all(0 <= start <= len(page(*texts)[0]) for start in starts)


@given(st.lists(st.text("abc", min_size=1), unique=True, max_size=10))
def test_a_whole_page_is_found_piece_by_piece(texts):
    stream, units = page(*texts)
    starts = locate(texts, stream, units)
    assert [stream[start : start + len(text)] for start, text in zip(starts, texts, strict=True)] == texts


def test_the_longest_rising_part_is_kept():
    assert longest_rising([(0, 5), (1, 90), (2, 10), (3, 20), (4, 7)]) == [(0, 5), (2, 10), (3, 20)]
    assert longest_rising([]) == []


def test_a_line_is_cut_at_the_blank_before_a_border():
    line = 'A heading "and its text", no more'
    assert cut_line(line, [len("Aheading")]) == ["A heading", '"and its text", no more']
    assert cut_line("标题正文", [2]) == ["标题", "正文"]


def test_only_borders_inside_a_line_cut_it():
    assert borders_within([0, 10, 14, 20, 30], 10, 10) == [4]
