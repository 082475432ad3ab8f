import fnmatch

import pyarrow as pa
import pytest

from corpus.columns import CHUNK, CORPUS, Table
from corpus.config import Settings
from corpus.manifest import flat
from corpus.tables import TABLES

every_table = pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)

# What Spark 3.5 and 4.x both read and write under the same name.
PORTABLE = {
    pa.string(), pa.binary(), pa.bool_(), pa.int32(), pa.int64(), pa.float32(), pa.float64(),
    pa.timestamp("us", tz="UTC"),
}  # fmt: skip

SETTINGS = list(flat(Settings()))

# How fast, and under which name, pictures are asked for and embedded: never what comes out.
SPEED_ONLY = {
    "fetch.allow_unchecked",
    "fetch.contact", "fetch.connections", "fetch.connections_per_host", "fetch.requests_per_s_per_host",
    "fetch.task_deadline_s", "fetch.retry_pause_s",
    "fetch.opt_outs",  # its content does, as an identity of table images
    "safety.blocked_sha256", "safety.blocked_phash", "safety.blocked_pdq",  # as well, with the two below
    "safety.blocked_phash_bits", "safety.blocked_pdq_bits",
    "dedup.evaluation_texts", "dedup.evaluation_images",  # their hashes do, as identities
    "dedup.evaluation_index",
    "flagged_words",  # so do they
    "safety.face_head",  # its content does, as an identity of table image_safety
    "dedup.against",  # its content does, as an identity of table page_clusters
    "encode.dtype",  # part of the encoder's identity, which is in the digest
    "encode.images_per_batch", "encode.sentences_per_batch",
}  # fmt: skip


def fields_inside(type_: pa.DataType) -> list[pa.Field]:
    """The fields directly under a nested type; none under a plain one."""
    if pa.types.is_map(type_):
        return [type_.key_field, type_.item_field]
    return [type_.field(index) for index in range(type_.num_fields)]


def walk(fields, path=""):
    for field in fields:
        here = f"{path}.{field.name}"
        yield here, field
        yield from walk(fields_inside(field.type), here)


def unportable(schema: pa.Schema) -> list[str]:
    """Paths of the fields whose type one of the Spark versions does not know."""
    nested = (pa.types.is_list, pa.types.is_struct, pa.types.is_map)
    return [
        path
        for path, field in walk(schema)
        if field.type not in PORTABLE and not any(is_nested(field.type) for is_nested in nested)
    ]


def named_members(fields, path=""):
    """Columns and struct members: the fields that people name, without Arrow's list items and map entries."""
    for field in fields:
        here = f"{path}.{field.name}"
        yield here, field
        type_ = field.type
        while pa.types.is_list(type_):
            type_ = type_.value_type
        if pa.types.is_struct(type_):
            yield from named_members(type_, here)


def test_tables_are_filed_under_their_own_names():
    assert all(name == table.name for name, table in TABLES.items())


def test_every_input_is_a_table_that_is_made_before():
    made = set()
    for table in TABLES.values():
        assert set(table.inputs) <= made, table.name
        made.add(table.name)


@every_table
def test_key_columns_exist_and_are_never_null(table: Table):
    assert table.key
    assert [name for name in table.key if table.schema.field(name).nullable] == []


@every_table
def test_the_outcome_column_is_text_that_is_never_null(table: Table):
    if table.outcome is None:
        assert "outcome" not in table.schema.names or "outcome" in table.key
    else:
        assert table.schema.field(table.outcome).equals(pa.field(table.outcome, pa.string(), nullable=False))


@every_table
def test_column_names_are_distinct_and_snake_case(table: Table):
    paths = [path for path, _ in named_members(table.schema)]
    assert len(set(paths)) == len(paths)
    assert [path for path in paths if path != path.lower() or not path.replace(".", "_").isidentifier()] == []


@every_table
def test_every_column_and_member_says_what_it_means(table: Table):
    silent = [
        path for path, field in named_members(table.schema) if not (field.metadata or {}).get(b"comment")
    ]
    assert silent == []
    assert table.doc.endswith(".")


@every_table
def test_every_type_is_known_to_spark_3_and_4(table: Table):
    assert unportable(table.schema) == []


@pytest.mark.parametrize(
    "type_",
    [
        pa.float16(), pa.uint8(), pa.int8(), pa.large_string(), pa.timestamp("us"), pa.date32(),
        pa.timestamp("ns", tz="UTC"), pa.list_(pa.float32(), 4), pa.large_list(pa.string()),
        pa.dictionary(pa.int32(), pa.string()),
    ],
    ids=str,
)  # fmt: skip
def test_the_walk_finds_an_unportable_type_at_any_depth(type_):
    deep = pa.struct([pa.field("inner", pa.map_(pa.string(), pa.list_(type_)))])
    assert unportable(pa.schema([("plain", type_), ("fine", pa.string())])) == [".plain"]
    assert len(unportable(pa.schema([("deep", pa.list_(deep))]))) == 1


@every_table
def test_maps_are_from_text(table: Table):
    maps = [field.type for _, field in walk(table.schema) if pa.types.is_map(field.type)]
    assert all(type_.key_type == pa.string() for type_ in maps)


@every_table
def test_every_pattern_names_a_setting_and_none_of_places_or_sizes(table: Table):
    for pattern in table.sections:
        matched = fnmatch.filter(SETTINGS, pattern)
        assert matched, pattern
        assert not {key.split(".")[0] for key in matched} & {"places", "spark"}


def test_every_setting_shapes_a_table_or_is_known_to_change_no_result():
    shaping = {
        key for table in TABLES.values() for p in table.sections for key in fnmatch.filter(SETTINGS, p)
    }
    idle = {key for key in SETTINGS if key.split(".")[0] in ("places", "spark")} | SPEED_ONLY
    assert shaping & idle == set()
    assert shaping | idle == set(SETTINGS)


def test_scopes_are_chunk_or_corpus():
    assert {table.scope for table in TABLES.values()} == {CHUNK, CORPUS}


@every_table
def test_units_stand_at_the_end_of_a_name(table: Table):
    """A pixel count, a size or a duration is a number, and says so in its name."""
    for path, field in named_members(table.schema):
        if path.endswith(("_px", "_bytes", "_s")):
            assert field.type in {pa.int32(), pa.int64(), pa.float64()}, path


def test_a_plain_column_of_one_name_has_one_type_in_all_tables():
    types = {}
    for table in TABLES.values():
        for field in table.schema:
            if not fields_inside(field.type):
                types.setdefault(field.name, {}).setdefault(field.type, []).append(table.name)
    assert {name: uses for name, uses in types.items() if len(uses) > 1} == {}


@every_table
def test_counted_columns_exist(table: Table):
    """`n_bytes` is a column of numbers; each of `items` leads from a list column to a Parquet leaf."""
    if table.n_bytes is not None:
        assert table.schema.field(table.n_bytes).type == pa.int64()
    plain = {path for path, field in named_members(table.schema)}
    for item in table.items:
        assert pa.types.is_list(table.schema.field(item.split(".")[0]).type)
        assert f".{item}" in plain
