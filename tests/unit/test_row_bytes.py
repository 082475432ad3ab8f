import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from corpus.publish.row_bytes import LENGTH_BYTES, row_bytes

SCHEMA = pa.schema(
    [
        ("text", pa.string()),
        ("n", pa.int32()),
        ("matrix", pa.list_(pa.list_(pa.float32()))),
        ("pictures", pa.list_(pa.struct([("bytes", pa.binary()), ("path", pa.string())]))),
        ("scores", pa.map_(pa.string(), pa.float64())),
    ]
)
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "text": st.none() | st.text(max_size=9),
            "n": st.none() | st.integers(0, 9),
            "matrix": st.none() | st.lists(st.lists(st.just(0.5), max_size=4), max_size=3),
            "pictures": st.lists(
                st.fixed_dictionaries({"bytes": st.none() | st.binary(max_size=20), "path": st.just("x")}),
                max_size=3,
            ),
            "scores": st.dictionaries(st.text(max_size=3), st.just(1.0), max_size=3).map(
                lambda d: [*d.items()]
            ),
        }
    ),
    min_size=1,
    max_size=8,
)


def expected(row):
    """By hand: values, and the length of every text and list."""
    pictures = sum(2 * LENGTH_BYTES + len(each["bytes"] or b"") + 1 for each in row["pictures"])
    matrix = sum(LENGTH_BYTES + 4 * len(line) for line in row["matrix"] or ())
    scores = sum(LENGTH_BYTES + len(key.encode()) + 8 for key, _ in row["scores"])
    return 4 * LENGTH_BYTES + len((row["text"] or "").encode()) + 4 + pictures + matrix + scores


@given(ROWS, st.data())
def test_a_row_weighs_what_its_values_weigh_however_its_batch_was_cut(rows, data):
    batch = pa.RecordBatch.from_pylist(rows, schema=SCHEMA)
    at = data.draw(st.integers(0, len(rows)))
    whole = [expected(row) for row in rows]
    assert row_bytes(batch).tolist() == whole
    assert row_bytes(batch.slice(at)).tolist() == whole[at:]
