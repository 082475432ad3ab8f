from types import SimpleNamespace

import pytest
from pyspark.sql import functions as F
from pyspark.sql.pandas.types import from_arrow_schema

from corpus.columns import KEPT
from corpus.dedup.blocks import block_hash
from corpus.overrides import settings_from
from corpus.recipes.frames import pages
from corpus.recipes.host_boilerplate import host_boilerplate
from corpus.tables.pages import DOCUMENTS

FOOTER = "Printed in the town where it was written."
COLUMNS = ("document_id", "url", "outcome", "sentences", "blocks", "image_references", "robots", "tdm_reserved",
           "text_scores")  # fmt: skip

SCREENINGS = "document_id string, flagged_words double, evaluation_sets array<struct<name: string, n: int>>"
CLUSTERS = "document_id string, relation string, representative string, jaccard double"


def blocks_of(texts):
    return [
        {"kind": "paragraph", "first_sentence": n, "n_sentences": 1, "language": None, "language_probability": None,
         "n_characters": len(text), "text_hash": block_hash(text), "scores": {}}
        for n, text in enumerate(texts)
    ]  # fmt: skip


def document(name, texts, url=None, outcome=KEPT):
    return {
        "document_id": name,
        "url": url or f"https://a.example/{name}",
        "outcome": outcome,
        "sentences": texts,
        "blocks": blocks_of(texts),
        "image_references": [],
        "robots": [],
        "tdm_reserved": False,
        "text_scores": {},
    }


@pytest.fixture
def frame(spark):
    schema = from_arrow_schema(DOCUMENTS.schema)
    known = type(schema)([schema[name] for name in COLUMNS])

    def make(documents):
        rows = [tuple(each[name] for name in COLUMNS) for each in documents]
        return spark.createDataFrame(rows, known).withColumn("chunk", F.lit("c00000"))

    return make


def found(frame, documents):
    rows = host_boilerplate(frame(documents)).collect()
    return {row.document_id: (row.host_boilerplate_blocks, row.n_host_boilerplate_characters) for row in rows}


def test_a_footer_of_three_pages_is_boilerplate_on_all_but_one(frame):
    texts = [[f"Story {n}.", FOOTER, "The end.", FOOTER] for n in range(4)]
    rows = [document(f"d{n}", each) for n, each in enumerate(texts)]
    rows[3] = document("d3", ["Story 3.", FOOTER.upper(), "  the END. "])
    repeated = found(frame, rows)
    assert len(repeated) == 3
    assert "d3" not in repeated or repeated.pop("d3") == ([1, 2], len(FOOTER) + len("  the END. "))
    assert set(map(str, repeated.values())) == {str(([1, 2, 3], 2 * len(FOOTER) + len("The end.")))}


def test_what_stands_on_two_pages_or_on_three_hosts_or_thrice_on_one_page_is_not(frame):
    two = [document(f"d{n}", [f"Story {n}.", FOOTER]) for n in range(2)]
    hosts = [document(f"e{n}", ["Hello.", f"{n}"], f"https://h{n}.example/") for n in range(3)]
    once = [document("f", ["Yes.", "Yes.", "Yes."])]
    assert found(frame, two + hosts + once) == {}


def test_hosts_are_told_apart_by_port_and_not_by_case(frame):
    urls = ["https://a.example/1", "http://A.example/2", "https://a.example?3", "https://a.example:81/4"]
    repeated = found(frame, [document(f"d{n}", [f"Story {n}.", FOOTER], url) for n, url in enumerate(urls)])
    assert len(repeated) == 2
    assert "d3" not in repeated


def compared(frame, documents, copies=(), screened=(), **dedup):
    def read(table):
        if table == "documents":
            return frame(documents)
        if table == "page_screenings":
            return frame([]).sparkSession.createDataFrame([*screened], SCREENINGS)
        rows = [(name, relation, "d0", None) for name, relation in copies]
        return frame([]).sparkSession.createDataFrame(rows, CLUSTERS)

    settings = settings_from({"dedup": dedup})
    build = SimpleNamespace(read=read, chunks=("c00000",), tasks=2, settings=settings)
    return {row.document_id: row for row in pages(build, "c00000").collect()}


def test_copies_and_pages_without_text_make_no_boilerplate_and_are_not_measured(frame):
    story = ["Story.", FOOTER]
    rows = [
        document("d0", story),
        document("d1", [*story, "New."]),
        document("d2", story),
        document("d3", ["Another.", FOOTER]),
        document("d4", [FOOTER], outcome="no_text"),
        document("d5", [*story, "More."]),
    ]
    read = compared(frame, rows, [("d1", "url"), ("d2", "text"), ("d5", "near")])
    assert {row.n_host_boilerplate_characters for row in read.values()} == {0, None}
    unmeasured = {name for name, row in read.items() if row.n_host_boilerplate_characters is None}
    assert unmeasured == {"d1", "d2", "d4", "d5"}
    assert {tuple(row.host_boilerplate_blocks) for row in read.values()} == {()}


def test_every_page_is_told_its_characters_and_those_that_its_host_repeats(frame):
    rows = [document(f"d{n}", [f"Story {n}.", FOOTER]) for n in range(3)]
    read = compared(frame, rows)
    assert sorted(read) == ["d0", "d1", "d2"]
    assert {row.n_characters for row in read.values()} == {len("Story 0.") + len(FOOTER)}
    assert sorted(row.n_host_boilerplate_characters for row in read.values()) == [0, len(FOOTER), len(FOOTER)]
    assert sorted(row.host_boilerplate_blocks for row in read.values()) == [[], [1], [1]]


def test_pages_are_told_what_lists_found_and_sets_that_only_flag_do_not_count(frame):
    rows = [document(name, [f"Story {name}."]) for name in ("d0", "d1", "d2")]
    screened = [("d0", 0.25, [("quiz", 3), ("exam", 2)]), ("d1", None, [("exam", 4)])]
    read = compared(
        frame, rows, screened=screened, evaluation_texts=["quiz.txt", "exam.txt"], flag_only=["exam"]
    )
    told = {name: (row.flagged_words, row.n_contaminated, row.evaluation_sets) for name, row in read.items()}
    assert told == {
        "d0": (0.25, 3, ["quiz", "exam"]),
        "d1": (None, 0, ["exam"]),
        "d2": (None, None, []),
    }
    unmeasured = compared(frame, rows, screened=[("d0", 0.25, [])])
    assert {row.n_contaminated for row in unmeasured.values()} == {None}
