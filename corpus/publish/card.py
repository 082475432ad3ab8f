"""The dataset card: README.md with the front matter that Hugging Face reads.

Goes in: the manifest, schema and counts of a release. Comes out: Markdown. The front matter is written as JSON, which
YAML contains.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa

from corpus.publish.rows import NONE, TRAIN, Group
from corpus.release.huggingface import card_features
from corpus.release.manifest import ReleaseManifest

# https://huggingface.co/docs/hub/datasets-cards: the categories by number of rows.
SIZES = ((10**3, "n<1K"), (10**4, "1K<n<10K"), (10**5, "10K<n<100K"), (10**6, "100K<n<1M"), (10**7, "1M<n<10M"),
         (10**8, "10M<n<100M"), (10**9, "100M<n<1B"), (10**10, "1B<n<10B"), (10**11, "10B<n<100B"))  # fmt: skip
LARGEST = "100B<n<1T"
LICENSE_NOTE = """Text and pictures belong to their authors; this release grants no rights in them. `license_url` says
what a page declares about itself, which nobody has checked and which may not cover its pictures."""


PRIVACY_NOTE = """The kinds that `privacy.replace` in `settings.json` names have placeholders (`<EMAIL>`) in
`text_list`, `title`, `alt` and `caption`; `replaced` counts them. They are found by their form, with more care for
what is none than for the last one: names, postal addresses, numbers without a country code or a word that says what
they are, what stands in URLs and what pictures show are left."""


def card(
    manifest: ReleaseManifest, schema: pa.Schema, groups: Sequence[Group], name: str, funnel: str
) -> str:
    front = front_matter(manifest, schema, groups, name)
    lines = "\n".join(f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in front.items())
    return f"---\n{lines}\n---\n{body(manifest, schema, groups, name, funnel)}"


def front_matter(
    manifest: ReleaseManifest, schema: pa.Schema, groups: Sequence[Group], name: str
) -> dict[str, Any]:
    languages = [code for code in totals(group.languages for group in groups) if code != NONE]
    return {
        "pretty_name": name,
        "license": "other",
        "license_name": "as-declared-by-each-page",
        "license_link": "README.md#licence",
        **({"language": languages} if languages else {}),
        "task_categories": ["image-text-to-text", "image-to-text", "text-generation"],
        "tags": ["interleaved", "image-text", "web"],
        "size_categories": [next((text for bound, text in SIZES if manifest.rows < bound), LARGEST)],
        "configs": [configuration(manifest, group, len(groups)) for group in groups],
        "dataset_info": [information(manifest, schema, group) for group in groups],
    }


def configuration(manifest: ReleaseManifest, group: Group, n_groups: int) -> dict[str, Any]:
    """Where the files of a group lie; one group alone is what loads by default."""
    path = f"data/{manifest.release}/{group.name}-*.parquet"
    files = [{"split": TRAIN, "path": path}]
    return {"config_name": config_name(group), "data_files": files} | (
        {"default": True} if n_groups == 1 else {}
    )


def config_name(group: Group) -> str:
    return "default" if group.name == TRAIN else group.name


def information(manifest: ReleaseManifest, schema: pa.Schema, group: Group) -> dict[str, Any]:
    n_bytes = sum(file.bytes for file in manifest.files if file.group == group.name)
    split = {"name": TRAIN, "num_bytes": n_bytes, "num_examples": group.n_rows}
    return {
        "config_name": config_name(group),
        "features": card_features(schema),
        "splits": [split],
        "download_size": n_bytes,
        "dataset_size": n_bytes,
    }


def totals(counts: Iterable[Iterable[tuple[str, int]]]) -> dict[str, int]:
    """Counts added up over groups, the highest first."""
    total: Counter[str] = Counter()
    for pairs in counts:
        total.update(dict(pairs))
    return dict(sorted(total.items(), key=lambda item: (-item[1], item[0])))


def body(
    manifest: ReleaseManifest, schema: pa.Schema, groups: Sequence[Group], name: str, funnel: str
) -> str:
    return f"""# {name}

{introduction(manifest)}

## Columns

{column_table(schema)}

Pictures are sorted by the sentence they are matched with, then by their place on the page. The k-th of `images`, of
`image_info` and of the rows of `similarity_matrix` are the same picture.

## Languages

{count_table("language", "documents", totals(group.languages for group in groups))}

## Licence

{LICENSE_NOTE}

{count_table("licence declared", "documents", totals(group.licenses for group in groups))}

## Personal and sensitive information

{PRIVACY_NOTE if "replaced" in schema.names else "Nothing was looked for."}

## What was dropped on the way

Counts for the whole build, of which this release is a part or all.

```
{funnel}
```
"""


def introduction(manifest: ReleaseManifest) -> str:
    """What the release holds, and where it is told how it was made."""
    pictures = "as references alone" if manifest.choice["references"] else "with their bytes"
    where, order_by = manifest.choice["where"], manifest.choice["order_by"]
    order = f"in the order of `{order_by}`, equal ones " if order_by else ""
    return f"""\
{manifest.rows:,} documents from web pages, in which {manifest.images:,} pictures stand among the sentences, {pictures};
{manifest.bytes:,} bytes in {len(manifest.files):,} Parquet files, {order}shuffled with seed {manifest.seed}.
{f"Only documents for which `{where}`." if where else ""}
Release `{manifest.release}`, made by interleaved-corpus {manifest.version}. Which files make it up, with rows, bytes
and sha256 of each: `manifest.json`. How it was made: `settings.json`, `models.json`, `environment.json`,
`funnel.parquet`."""


def column_table(schema: pa.Schema) -> str:
    rows = [
        f"| `{name}` | `{kind}` | {comment} |"
        for field in schema
        for name, kind, comment in described(field.name, field)
    ]
    return "\n".join(["| column | type | meaning |", "|---|---|---|", *rows])


def described(name: str, field: pa.Field) -> list[tuple[str, str, str]]:
    """A column and, of a list of structs, its fields."""
    comment = (field.metadata or {}).get(b"comment", b"").decode()
    kind = field.type
    if pa.types.is_list(kind) and pa.types.is_struct(kind.value_type):
        inner = [each for child in kind.value_type for each in described(f"{name}.{child.name}", child)]
        return [(name, "list<struct>", comment), *inner]
    return [(name, str(kind), comment)]


def count_table(what: str, unit: str, counts: dict[str, int]) -> str:
    rows = [f"| {key} | {n:,} |" for key, n in counts.items()]
    return "\n".join([f"| {what} | {unit} |", "|---|---|", *rows])
