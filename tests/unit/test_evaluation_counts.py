"""What was found of evaluation sets is known from manifests; rows are read only where these do not tell."""

from dataclasses import replace
from pathlib import Path

import pyarrow as pa

from corpus.look.evaluation_sets import SetCount, set_counts, set_lines
from corpus.look.stored import Stored
from corpus.manifest import new_manifest, read_manifest, write_manifest
from corpus.overrides import settings_from
from corpus.spark.parts import Target, write_parts
from corpus.tables import TABLES
from corpus.tables.product import DOCUMENT_DECISIONS
from tests.unit.test_parts import decision

SETTINGS = settings_from({"dedup": {"evaluation_texts": ["a/quiz.jsonl"], "evaluation_images": ["photos"]}})
ROWS = [
    ("kept", ["quiz"]),
    ("page_contaminated", ["photos", "quiz"]),
    ("document_contaminated", ["photos"]),
    ("document_images", ["photos"]),
    ("kept", []),
]
FOUND = [SetCount("quiz", 2, 1, 1), SetCount("photos", 3, 2, 0)]


def build_of(tmp_path, rows):
    """A build of two chunks, each with these rows."""
    folder = tmp_path / "tables" / DOCUMENT_DECISIONS.name / "d"
    for chunk in ("c00000", "c00001"):
        numbered = [decision(f"{chunk}-{at}", *row) for at, row in enumerate(rows)]
        batch = pa.RecordBatch.from_pylist(numbered, schema=DOCUMENT_DECISIONS.schema)
        target = Target({DOCUMENT_DECISIONS.name: str(folder)}, chunk, 0, 2**20)
        parts = list(write_parts([(DOCUMENT_DECISIONS.name, batch)], target))
        table = TABLES[DOCUMENT_DECISIONS.name]
        write_manifest(
            str(folder / f"chunk={chunk}"), new_manifest(table, ("d", chunk), SETTINGS, {}, parts, 0.0)
        )
    return Stored(str(tmp_path), {DOCUMENT_DECISIONS.name: "d"}, ("c00000", "c00001"))


def twice(found):
    return [SetCount(each.name, 2 * each.n_found, 2 * each.n_dropped, 2 * each.n_kept) for each in found]


def test_documents_are_counted_per_set_without_reading_a_row(tmp_path):
    stored = build_of(tmp_path, ROWS)
    for part in Path(tmp_path).rglob("*.parquet"):
        part.unlink()
    assert set_counts(stored, SETTINGS) == twice(FOUND)
    assert set_lines(set_counts(stored, SETTINGS))[0] == (
        "evaluation set quiz: found in 4 documents; 2 dropped as contaminated, 2 kept"
    )


def test_sets_in_which_nothing_was_found_are_told_too(tmp_path):
    assert set_counts(build_of(tmp_path, [("kept", [])]), SETTINGS) == [
        SetCount("quiz", 0, 0, 0),
        SetCount("photos", 0, 0, 0),
    ]


def test_where_one_part_was_not_counted_by_set_rows_are_read(tmp_path):
    stored = build_of(tmp_path, ROWS)
    folder = str(tmp_path / "tables" / DOCUMENT_DECISIONS.name / "d" / "chunk=c00001")
    manifest = read_manifest(folder)
    parts = tuple(
        replace(
            part, counts=tuple(each for each in part.counts if not each.item.startswith("evaluation_sets"))
        )
        for part in manifest.parts
    )
    write_manifest(folder, replace(manifest, parts=parts))
    assert set_counts(stored, SETTINGS) == twice(FOUND)


def test_without_sets_nothing_is_looked_up(tmp_path):
    assert set_counts(Stored(str(tmp_path), {}, ()), settings_from({})) == []
