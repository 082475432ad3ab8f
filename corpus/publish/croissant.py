"""The release in Croissant's words: what machines that look for data sets read.

Goes in: the manifest and schema of a release. Comes out: JSON-LD (MLCommons Croissant Format Specification 1.0).
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from corpus.release.huggingface import PICTURES
from corpus.release.manifest import ReleaseManifest

VERSION = "http://mlcommons.org/croissant/1.0"
TERMS = (
    "citeAs", "column", "equivalentProperty", "extract", "field", "fileProperty", "fileObject", "fileSet", "format",
    "includes", "isLiveDataset", "jsonPath", "key", "md5", "parentField", "path", "recordSet", "references", "regex",
    "repeated", "replace", "samplingRate", "separator", "source", "subField", "transform",
)  # fmt: skip
CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "sc": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    **{term: f"cr:{term}" for term in TERMS},
}
PARQUET = "application/x-parquet"
FILES, ROWS = "files", "documents"


def croissant(manifest: ReleaseManifest, schema: pa.Schema, name: str, description: str) -> dict[str, Any]:
    """The JSON-LD of a release. Its licence is what each page declares, in the column `license_url`."""
    return {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "name": name,
        "conformsTo": VERSION,
        "description": description,
        "version": "1.0.0",
        "identifier": manifest.release,
        "license": "README.md#licence",
        "isLiveDataset": False,
        "distribution": [*map(file_object, manifest.files), file_set(manifest)],
        "recordSet": [
            {
                "@type": "cr:RecordSet",
                "@id": ROWS,
                "key": {"@id": f"{ROWS}/document_id"},
                "field": [field(column, ROWS, column.name) for column in schema],
            }
        ],
    }


def file_object(file: Any) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": file.path,
        "name": file.path,
        "contentUrl": file.path,
        "contentSize": f"{file.bytes} B",
        "encodingFormat": PARQUET,
        "sha256": file.sha256,
    }


def file_set(manifest: ReleaseManifest) -> dict[str, Any]:
    return {
        "@type": "cr:FileSet",
        "@id": FILES,
        "encodingFormat": PARQUET,
        "includes": f"data/{manifest.release}/*.parquet",
    }


def field(column: pa.Field, parent: str, top: str, path: str = "") -> dict[str, Any]:
    """A column, or what lies at the JSONPath `path` in the column `top`; lists are repeated, in lists too."""
    kind, is_list = column.type, False
    while pa.types.is_list(kind):
        kind, is_list, path = kind.value_type, True, f"{path}[*]"
    identity = f"{parent}/{column.name}"
    comment = (column.metadata or {}).get(b"comment", b"").decode()
    if is_picture(kind):
        path += ".bytes"
    source: dict[str, Any] = {"fileSet": {"@id": FILES}, "extract": {"column": top}}
    if "." in path:
        source["transform"] = {"jsonPath": path}
    known = {
        "@type": "cr:Field",
        "@id": identity,
        "description": comment or column.name,
        **({"repeated": True} if is_list else {}),
        "source": source,
    }
    if pa.types.is_struct(kind) and not is_picture(kind):
        return known | {"subField": [field(child, identity, top, f"{path}.{child.name}") for child in kind]}
    return known | {"dataType": data_type(kind)}


def is_picture(kind: pa.DataType) -> bool:
    return pa.types.is_struct(kind) and [child.name for child in kind] == [child.name for child in PICTURES]


def data_type(kind: pa.DataType) -> str:
    """Schema.org's name for an Arrow type."""
    if pa.types.is_struct(kind):
        return "sc:ImageObject"
    if pa.types.is_integer(kind):
        return "sc:Integer"
    if pa.types.is_floating(kind):
        return "sc:Float"
    if pa.types.is_boolean(kind):
        return "sc:Boolean"
    return "sc:DateTime" if pa.types.is_timestamp(kind) else "sc:Text"
