"""How Hugging Face `datasets` is told what the columns of a Parquet file are.

Goes in: an Arrow schema. Comes out: the text for the file's `huggingface` metadata key, in which a list column named
`images` of {bytes, path} structs is declared to hold pictures (datasets, page "Image dataset", Image feature). Lists
are written as one-element lists, the form that every release of datasets since 1.0 reads.
"""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa

PICTURES = pa.struct([pa.field("bytes", pa.binary()), pa.field("path", pa.string())])


def features_metadata(schema: pa.Schema) -> str:
    """The value of the `huggingface` key."""
    return json.dumps({"info": {"features": {field.name: feature(field.type) for field in schema}}})


def feature(type_: pa.DataType) -> Any:
    """One column's type as `datasets` spells it."""
    if pa.types.is_list(type_):
        return [feature(type_.value_type)]
    if pa.types.is_struct(type_):
        if [field.name for field in type_] == [field.name for field in PICTURES]:
            return {"_type": "Image"}
        return {field.name: feature(field.type) for field in type_}
    return {"dtype": {"float": "float32", "double": "float64"}.get(str(type_), str(type_)), "_type": "Value"}


def card_features(schema: pa.Schema) -> list[dict[str, Any]]:
    """The columns as the front matter of a dataset card spells them (`dataset_info.features`)."""
    return [{"name": field.name, **card_feature(field.type)} for field in schema]


def card_feature(type_: pa.DataType) -> dict[str, Any]:
    """One column's type as a card spells it; items of a list stand under `list`, without the key that names them."""
    if pa.types.is_list(type_):
        inner = card_feature(type_.value_type)
        return {"list": inner.get("dtype") or inner.get("struct") or inner}
    known = feature(type_)
    if pa.types.is_struct(type_) and known != {"_type": "Image"}:
        return {"struct": card_features(pa.schema(list(type_)))}
    return {"dtype": known.get("dtype", "image")}
