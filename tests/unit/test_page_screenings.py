import pyarrow as pa

from corpus.dedup.evaluation import build_index, write_index
from corpus.overrides import settings_from
from corpus.recipes.page_screenings import screen_pages

QUESTION = "why do the ships of the north wait for the wind to turn"
PAGES = [
    {"document_id": "d0", "language": "en", "sentences": [f"They ask {QUESTION}."]},
    {"document_id": "d1", "language": "en", "sentences": ["Darn it,", "old boat."]},
    {"document_id": "d2", "language": "fr", "sentences": ["Darn."]},
    {"document_id": "d3", "language": None, "sentences": ["Darn."]},
]


def screened(settings):
    return [
        row
        for _, batch in screen_pages(iter([pa.RecordBatch.from_pylist(PAGES)]), settings)
        for row in batch.to_pylist()
    ]


def test_every_page_is_told_its_share_of_flagged_words_and_the_sets_it_holds(tmp_path):
    (tmp_path / "en.txt").write_text("darn\n", encoding="utf-8")
    (tmp_path / "quiz.txt").write_text(QUESTION, encoding="utf-8")
    dedup = {"evaluation_texts": [str(tmp_path / "quiz.txt")], "evaluation_words": 12}
    index = write_index(build_index(settings_from({"dedup": dedup})), str(tmp_path / "out"))
    settings = settings_from({"flagged_words": str(tmp_path), "dedup": {**dedup, "evaluation_index": index}})
    assert screened(settings) == [
        {"document_id": "d0", "flagged_words": 0.0, "evaluation_sets": [{"name": "quiz", "n": 2}]},
        {"document_id": "d1", "flagged_words": 0.25, "evaluation_sets": []},
        {"document_id": "d2", "flagged_words": None, "evaluation_sets": []},
        {"document_id": "d3", "flagged_words": None, "evaluation_sets": []},
    ]


def test_without_texts_of_sets_no_index_is_asked_for(tmp_path):
    (tmp_path / "words").write_text("darn\n", encoding="utf-8")
    found = screened(settings_from({"flagged_words": str(tmp_path / "words")}))
    assert [row["flagged_words"] for row in found] == [0.0, 0.25, 1.0, 1.0]
    assert [row["evaluation_sets"] for row in found] == [[]] * 4
