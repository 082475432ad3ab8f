from collections import Counter

from bench.blocks import ANY, DEFAULT, PUBLISHED, dropped, table
from corpus.config import Filters

PAGE = {
    "language": "bn",
    "blocks": [
        {"n_sentences": 3, "scores": [("block_words", 3.0), ("block_end_mark", 0.0)]},
        {"n_sentences": 5, "scores": [("block_words", 9.0), ("block_end_mark", 1.0)]},
    ],
}


def test_each_sentence_counts_under_every_filter_that_would_drop_it_and_once_in_all():
    counts = dropped([PAGE, PAGE], PUBLISHED)
    assert {name: found["bn"] for name, found in counts.items() if found} == {
        "block_words": 6, "block_end_mark": 6, ANY: 6,
    }  # fmt: skip
    assert not any(dropped([PAGE], DEFAULT).values())


def test_shares_are_of_the_sentences_of_the_language():
    lines = table({"block_words": Counter(bn=6)}, Counter(en=1_000, bn=16)).splitlines()
    assert [line.split() for line in lines] == [
        ["en", "bn"], ["sentences", "1,000", "16"], ["block_words", "0.0", "37.5"],
    ]  # fmt: skip


def test_both_tables_have_the_same_filters():
    assert list(PUBLISHED) == list(DEFAULT)
    assert set(PUBLISHED) | {"block_host_boilerplate"} == {
        name for name in Filters.model_fields if name.startswith("block_")
    }
