import datasets
import pyarrow as pa

from corpus.release.huggingface import features_metadata
from corpus.tables.product import INTERLEAVED


def test_datasets_takes_the_pictures_for_pictures_and_every_other_column_as_it_is():
    schema = INTERLEAVED.schema.with_metadata({"huggingface": features_metadata(INTERLEAVED.schema)})
    features = datasets.Features.from_arrow_schema(schema)
    assert features["images"] == datasets.List(datasets.Image())
    assert features["similarity_matrix"] == datasets.List(datasets.List(datasets.Value("float32")))
    assert list(features) == INTERLEAVED.schema.names


def test_only_a_bytes_and_path_struct_is_a_picture():
    schema = pa.schema([("a", pa.list_(pa.struct([("bytes", pa.binary()), ("name", pa.string())])))])
    assert '"Image"' not in features_metadata(schema)
