import json
from pathlib import Path

import pyarrow as pa

from corpus.columns import CORPUS, Table, column, items, optional
from corpus.schema_files import schema_files, write_schema_files
from corpus.tables import TABLES

COMMITTED = Path(__file__).parents[2] / "schemas"

EXAMPLE = Table(
    name="example",
    doc="One row per example.",
    schema=pa.schema(
        [
            column("id", pa.string(), "identity"),
            optional("pairs", items(column("left", pa.list_(pa.float32()), "x | y of <b>")), "two of a kind"),
            column("scores", pa.map_(pa.string(), pa.float64()), "by name"),
        ]
    ),
    key=("id",),
    inputs=("documents",),
    scope=CORPUS,
)


def test_the_committed_schemas_are_those_of_the_tables():
    committed = {path.name: path.read_text(encoding="utf-8") for path in COMMITTED.iterdir()}
    assert committed == schema_files(TABLES.values()), "corpus/tables has changed: run make schemas"


def test_a_table_is_described_with_nested_members_types_and_null_flags():
    assert json.loads(schema_files([EXAMPLE])["example.json"]) == {
        "name": "example",
        "doc": "One row per example.",
        "key": ["id"],
        "inputs": ["documents"],
        "scope": "corpus",
        "outcome": None,
        "columns": [
            {"name": "id", "type": "string", "nullable": False, "comment": "identity"},
            {
                "name": "pairs",
                "type": "list<struct>",
                "nullable": True,
                "comment": "two of a kind",
                "fields": [
                    {"name": "left", "type": "list<float>", "nullable": False, "comment": "x | y of <b>"}
                ],
            },
            {"name": "scores", "type": "map<string, double>", "nullable": False, "comment": "by name"},
        ],
    }


def test_the_page_has_one_row_per_column_and_member_and_survives_markup():
    page = schema_files([EXAMPLE])["README.md"]
    section = page[page.index("## example") :]
    assert "key `id`; scope corpus; made from [documents](#documents)." in section
    assert [line for line in section.splitlines() if line.startswith("| ")] == [
        "| column | type | null? | meaning |",
        "| id | `string` |  | identity |",
        "| pairs | `list<struct>` | yes | two of a kind |",
        r"| pairs[].left | `list<float>` |  | x \| y of \<b> |",
        "| scores | `map<string, double>` |  | by name |",
    ]


def test_writing_removes_the_schema_of_a_table_that_is_gone(tmp_path):
    (tmp_path / "gone.json").write_text("{}")
    (tmp_path / "notes.txt").write_text("kept")
    write_schema_files(tmp_path)
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {f"{name}.json" for name in TABLES} | {"README.md", "notes.txt"}
