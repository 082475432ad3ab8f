import pyarrow as pa
import pytest

from corpus.errors import SettingsError
from corpus.release.conditions import condition

TABLE = pa.table(
    {
        "sim": [0.1, 0.2, 0.3, None],
        "language": ["en", "is", None, "en"],
        "n": [1, 2, 3, 4],
        "place": pa.array([{"x": 1}, {"x": 2}, {"x": 3}, None], pa.struct([("x", pa.int32())])),
        "scores": pa.array([[("a", 0.5)], [("a", 0.1)], [], None], pa.map_(pa.string(), pa.float64())),
    }
)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("sim > 0.1", [2, 3]),
        ("0.1 <= sim < 0.3", [1, 2]),
        ("not sim > 0.1", [1]),
        ("sim > 0.1 and language == 'is'", [2]),
        ("sim > 0.25 or language == 'en'", [1, 3, 4]),
        ("language in ('is', 'de')", [2]),
        ("language is None", [3]),
        ("sim is not None", [1, 2, 3]),
        ("n != 2", [1, 3, 4]),
        ("place.x >= 2", [2, 3]),
        ("scores['a'] > 0.3", [1]),
        ("n > -1 and n < sim", []),
    ],
)
def test_rows_that_fit_are_kept(text, kept):
    assert TABLE.filter(condition(text, TABLE.schema))["n"].to_pylist() == kept


@pytest.mark.parametrize(
    "text",
    ["", "sim >", "sim = 3", "open('x')", "wrods > 1", "language > 3", "sim is 3", "[sim]", "place.y > 1"],
)
def test_what_means_nothing_is_refused_in_one_sentence(text):
    with pytest.raises(SettingsError, match="condition") as refused:
        condition(text, TABLE.schema)
    assert "\n" not in str(refused.value)
