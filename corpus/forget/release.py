"""Forgetting in a release: the files that hold such rows, then the papers that speak of them, then the manifest.

Goes in: the folder of a release and entries of the list of exclusions. Comes out: the note on it. Changed files get
other names, so the release can be read to the last moment as it was; what its manifest no longer names goes then.
Killed at any moment, the same command begins anew, and nothing is half done.
"""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from corpus.fetch.opt_outs import OptOuts, parse
from corpus.forget.audit import Audit, begun
from corpus.forget.build import Say
from corpus.forget.edits import product_edit
from corpus.forget.parts import changes_in, flattened, found_in, next_name, row_groups, write_changed
from corpus.forget.reach import named_urls, strings
from corpus.history import now
from corpus.look.funnel_text import format_funnel
from corpus.publish.card import card
from corpus.publish.croissant import croissant
from corpus.publish.papers import DESCRIPTION, NAME, as_json
from corpus.publish.publish import paper
from corpus.publish.rows import Group, license_name, sorted_items
from corpus.publish.shards import file_sha256, form
from corpus.release.manifest import (
    NAME as MANIFEST,
)
from corpus.release.manifest import (
    ReleaseManifest,
    ShardFile,
    read_release_manifest,
    write_release_manifest,
)
from corpus.storage import (
    files_under,
    join,
    locate,
    put_file,
    read_bytes,
    read_json,
    remove_file,
    write_bytes,
)

FORGOTTEN = "forgotten.json"
LEAVES = ("document_id", "url", "image_info.list.element.raw_url", "image_info.list.element.content_hash")


def forget_in_release(out: str, entries: Collection[str], excluded: Collection[str], say: Say) -> Audit:
    """Forget what the entries name; `excluded` are those of builds that know more of the same. Raises CorpusError."""
    manifest = read_release_manifest(out)
    listed = parse("\n".join([*entries, *excluded]).encode(), out)
    pages, contents = named_in(out, manifest, listed)
    audit = begun(entries) | {"pages": len(pages)}
    edit = product_edit(pages, contents)
    files: dict[str, ShardFile] = {}
    with TemporaryDirectory(prefix="corpus-forget-") as folder:
        for number, file in enumerate(manifest.files):
            say(f"{number} of {len(manifest.files)} files looked at")
            changes = changes_in(join(out, file.path), edit)
            if changes:
                audit["files"][file.path] = sum(map(len, changes.values()))
                files[file.path] = write_shard_anew(out, file, changes, folder)
    say(f"{len(manifest.files)} of {len(manifest.files)} files looked at")
    audit["finished"] = now()
    audit["pictures"] = sum(file.images - files.get(file.path, file).images for file in manifest.files)
    if files:
        known = read_json(join(out, FORGOTTEN)) or []
        write_changed_release(out, manifest, files, [*known, audit])
    sweep(out)
    return audit


def named_in(out: str, manifest: ReleaseManifest, listed: OptOuts) -> tuple[frozenset[str], frozenset[str]]:
    """Identities of the pages and hashes of the pictures that the list names, by any URL that rows give."""
    by_id = strings(
        entry.removeprefix("document-id:") for entry in listed.hashes if entry.startswith("document-id:")
    )
    contents = {entry.removeprefix("sha256:") for entry in listed.hashes if entry.startswith("sha256:")}
    pages: set[str] = set()
    for file in manifest.files:
        for rows in row_groups(join(out, file.path), LEAVES):
            mask = found_in(rows, "document_id", by_id)
            mask |= found_in(rows, "url", named_urls(rows["url"], listed))
            pages.update(rows.filter(pa.array(mask))["document_id"].to_pylist())
            for _, infos in flattened(rows, "image_info"):
                held = pc.is_in(infos.field("raw_url"), value_set=named_urls(infos.field("raw_url"), listed))
                contents.update(infos.field("content_hash").filter(held).to_pylist())
    return frozenset(pages), frozenset(contents)


def write_shard_anew(
    out: str, file: ShardFile, changes: Mapping[int, Mapping[int, Mapping[str, object] | None]], folder: str
) -> ShardFile:
    """Write a file with these changes under its next name; what the manifest says of it. One that has no row left
    stays, without rows."""
    local, path = os.path.join(folder, "shard.parquet"), next_name(file.path)
    sizes = write_changed(join(out, file.path), local, changes, form)
    if not sizes:
        filesystem, old = locate(join(out, file.path))
        schema = pq.read_schema(old, filesystem=filesystem)
        pq.ParquetWriter(local, schema, **form(schema)).close()
    n_images = sum(
        pc.sum(pc.list_value_length(rows["images"])).as_py() or 0
        for rows in row_groups(local, ("images.list.element.path",))
    )
    put_file(local, join(out, path))
    return replace(
        file,
        path=path,
        row_groups=sizes,
        rows=sum(sizes),
        images=n_images,
        bytes=os.path.getsize(local),
        sha256=file_sha256(local),
    )


def write_changed_release(
    out: str, manifest: ReleaseManifest, files: Mapping[str, ShardFile], audits: Sequence[Audit]
) -> None:
    """The papers that tell of files and counts, then the manifest."""
    every = tuple(files.get(file.path, file) for file in manifest.files)
    manifest = replace(
        manifest,
        rows=sum(file.rows for file in every),
        images=sum(file.images for file in every),
        bytes=sum(file.bytes for file in every),
        files=every,
    )
    beside = changed_papers(out, manifest, audits)
    for name, data in beside.items():
        write_bytes(join(out, name), data)
    kept = {each.path: each for each in manifest.papers} | {
        name: paper(name, data) for name, data in beside.items()
    }
    write_release_manifest(out, replace(manifest, papers=tuple(kept[name] for name in sorted(kept))))


def changed_papers(out: str, manifest: ReleaseManifest, audits: Sequence[Audit]) -> dict[str, bytes]:
    filesystem, path = locate(join(out, manifest.files[0].path))
    schema = pq.read_schema(path, filesystem=filesystem)
    funnel = pq.read_table(pa.BufferReader(read_bytes(join(out, "funnel.parquet"))))
    text = card(manifest, schema, list(groups_of(out, manifest)), NAME, format_funnel(funnel))
    n_rows = sum(sum(audit["files"].values()) for audit in audits)
    note = f"\n## Forgotten since\n\n{n_rows} rows were changed or taken out on request: `{FORGOTTEN}`.\n"
    return {
        "README.md": (text + note).encode(),
        "croissant.json": as_json(croissant(manifest, schema, NAME, DESCRIPTION)),
        FORGOTTEN: as_json(audits),
    }


def groups_of(out: str, manifest: ReleaseManifest) -> Iterator[Group]:
    """What is left in each group of files, counted as when it was published."""
    counts: defaultdict[str, tuple[Counter[str], Counter[str]]] = defaultdict(lambda: (Counter(), Counter()))
    for file in manifest.files:
        languages, licenses = counts[file.group]
        for rows in row_groups(join(out, file.path), ("language", "license_url")):
            languages.update(language or "none" for language in rows["language"].to_pylist())
            licenses.update(map(license_name, rows["license_url"].to_pylist()))
    for name, (languages, licenses) in sorted(counts.items()):
        n_shards = next(file.n_shards for file in manifest.files if file.group == name)
        yield Group(name, languages.total(), n_shards, sorted_items(languages), sorted_items(licenses))


def sweep(out: str) -> None:
    """Remove what no manifest names of the data, and what killed writers left."""
    named = read_release_manifest(out).sizes_by_path
    for path in files_under(out):
        if (
            path not in named
            and (path.startswith("data/") or path.endswith(".unfinished"))
            and path != MANIFEST
        ):
            remove_file(join(out, path))
