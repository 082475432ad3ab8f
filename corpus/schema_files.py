"""The tables as files for people and for other programs: one JSON file each and one page in Markdown.

Goes in: `corpus.tables`. Comes out: the text of every file of `schemas/`, by file name. No code of ours reads
these files.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from corpus.columns import Table
from corpus.tables import TABLES

HEADER = """\
# Tables

Every table of a build, in the order in which they are made. The JSON files here say the same to programs.
Both are made from `corpus/tables/` by `make schemas`; a test fails when they differ from it.

A table of scope `chunk` is made chunk by chunk, one of scope `corpus` in one job over all chunks. `a[].b` is
the member `b` of each item of the list `a`. Each table names its key and the tables it is made from.
"""


def schema_files(tables: Iterable[Table]) -> dict[str, str]:
    """File name to text: `<table>.json` for each table, and `README.md`."""
    tables = tuple(tables)
    files = {f"{table.name}.json": json.dumps(describe(table), indent=2) + "\n" for table in tables}
    return files | {"README.md": "\n".join([HEADER, *map(section, tables)])}


def describe(table: Table) -> dict[str, Any]:
    """The table as JSON values, its columns in order."""
    return {
        "name": table.name,
        "doc": table.doc,
        "key": list(table.key),
        "inputs": list(table.inputs),
        "scope": table.scope,
        "outcome": table.outcome,
        "columns": [describe_field(field) for field in table.schema],
    }


def describe_field(field: pa.Field) -> dict[str, Any]:
    """A column or struct member as JSON values; `fields` holds the members of a struct or a list of them."""
    described = {
        "name": field.name,
        "type": type_name(field.type),
        "nullable": field.nullable,
        "comment": comment(field),
    }
    nested = members(field.type)
    return described | {"fields": [describe_field(member) for member in nested]} if nested else described


def comment(field: pa.Field) -> str:
    """What the field means; empty when it does not say."""
    metadata: dict[bytes, bytes] = field.metadata or {}
    return metadata.get(b"comment", b"").decode()


def members(type_: pa.DataType) -> list[pa.Field]:
    """The members of a struct, or of the structs that a list holds; none for other types."""
    if pa.types.is_list(type_):
        return members(type_.value_type)
    return list(type_) if pa.types.is_struct(type_) else []


def type_name(type_: pa.DataType) -> str:
    """Arrow's name of the type, without the names Arrow gives to list items and map entries."""
    if pa.types.is_list(type_):
        return f"list<{type_name(type_.value_type)}>"
    if pa.types.is_map(type_):
        return f"map<{type_name(type_.key_type)}, {type_name(type_.item_type)}>"
    return "struct" if pa.types.is_struct(type_) else str(type_)


def section(table: Table) -> str:
    """The part of the page about one table."""
    facts = [f"key `{', '.join(table.key)}`", f"scope {table.scope}"]
    if table.inputs:
        facts.append("made from " + ", ".join(f"[{name}](#{name})" for name in table.inputs))
    lines = [f"## {table.name}\n", f"{table.doc}\n", "; ".join(facts) + ".\n"]
    lines += ["| column | type | null? | meaning |", "|---|---|---|---|"]
    for path, field in paths(table.schema):
        null = "yes" if field.nullable else ""
        meaning = comment(field).replace("<", "\\<").replace("|", "\\|")
        lines.append(f"| {path} | `{type_name(field.type)}` | {null} | {meaning} |")
    return "\n".join(lines) + "\n"


def paths(fields: Iterable[pa.Field], prefix: str = "") -> Iterator[tuple[str, pa.Field]]:
    """Each field with its path, struct members right after the column that holds them."""
    for field in fields:
        path = prefix + field.name
        yield path, field
        yield from paths(members(field.type), path + ("[]." if pa.types.is_list(field.type) else "."))


def write_schema_files(folder: Path) -> None:
    """Make `folder` hold these files and no other schema."""
    folder.mkdir(parents=True, exist_ok=True)
    files = schema_files(TABLES.values())
    for stale in set(folder.glob("*.json")) - {folder / name for name in files}:
        stale.unlink()
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write_schema_files(Path(sys.argv[1]))
