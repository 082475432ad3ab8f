"""Forgetting in a build: every table of its folder, then what is told of them.

Goes in: the folder and entries of the list of exclusions. Comes out: the note on it. The list is written first, then
the tables from the last made to the first, each chunk's files under new names and its manifest after them; old files
go when nothing names them. Killed at any moment, the same command goes on. No build may be under way meanwhile.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

import pyarrow as pa

from corpus.columns import KEPT
from corpus.errors import DataError, InputError
from corpus.fetch.opt_outs import OptOuts
from corpus.forget.audit import Audit, begin, counted, exclude, finish
from corpus.forget.edits import edits
from corpus.forget.parts import Edit, changes_in, flattened, found_in, next_name, row_groups, write_changed
from corpus.forget.reach import Reach, find_reach, strings
from corpus.history import BUILD, BUILDS, Told, finished_builds, known_digests, name_of
from corpus.manifest import NAME, Part, chunk_folder, clear_chunk, read_manifest, write_manifest
from corpus.overrides import settings_from_flat
from corpus.parquet_leaves import codecs
from corpus.plan import Plan, plan_of, read_plan
from corpus.prepare import Run
from corpus.run import conclude, product_parts, recount
from corpus.spark.parts import read_back
from corpus.storage import files_under, join, names_in, read_json, remove_file, remove_folder, write_json
from corpus.tables import TABLES

CHUNKS_AT_ONCE = 8
DOWNLOADS = "img2dataset"
Say = Callable[[str], None]
Rows = dict[str, int]


def forget_in_build(out: str, entries: Collection[str], say: Say) -> Audit:
    """Forget, and count, report and note it. Raises CorpusError."""
    refuse_what_cannot_forget(out)
    audit = begin(out, entries)
    listed = exclude(out, entries)
    say("looking for what is named")
    reach = find_reach(out, listed)
    urls, hashes = (
        [f"{kind}:{each}" for each in found]
        for kind, found in (("url-id", reach.named), ("sha256", reach.named_contents))
    )
    listed = exclude(out, [*urls, *hashes])
    audit = counted(out, audit, {"pages": reach.n_pages, "pictures": reach.n_pictures})
    files = forget_in_tables(out, reach, listed, audit["request"], say)
    renew(out, say)
    sweep(out)
    return finish(out, audit, files)


def refuse_what_cannot_forget(out: str) -> None:
    """InputError when there is no build, or something in its folder that cannot be rewritten here."""
    if not read_plan(out):
        raise InputError(f"{out} has no plan.json: it is no build")
    if DOWNLOADS in names_in(out):
        raise InputError(
            f"{join(out, DOWNLOADS)} holds URL lists and shards that would keep what is to be forgotten; a finished "
            "build needs none of it: remove it and run the same command again"
        )
    unknown = [name for name in names_in(join(out, "tables")) if name not in TABLES]
    if unknown:
        raise InputError(f"{out} has tables of another version ({unknown[0]}): remove them and run it again")


def forget_in_tables(out: str, reach: Reach, listed: OptOuts, request: str, say: Say) -> Rows:
    """Rows changed for this request, now or before it was killed, by file."""
    files: Rows = {}
    aligned = {digests["document_decisions"]: digests["alignments"] for digests in known_digests(out)}
    for table in edits(reach, listed, {}):
        for digest in names_in(join(out, "tables", table)):
            say(f"{table} {digest}")
            placed = placed_images(out, aligned.get(digest), reach) if table == "document_decisions" else {}
            if placed is None:  # of a build that nobody knows: made anew when it is wanted
                remove_folder(join(out, "tables", table, digest))
                continue
            edit = edits(reach, listed, placed)[table]
            files |= forget_in_table(out, (table, digest), edit, request)
    return files


def placed_images(out: str, digest: str | None, reach: Reach) -> dict[str, int] | None:
    """Of each page that loses a picture but stays, the pictures left that have a sentence; None when it is not known
    which table tells."""
    if digest is None:
        return None
    wanted, counts = strings(reach.places), Counter[str]()
    for name in names_in(join(out, "tables", "alignments", digest)):
        folder = chunk_folder(out, "alignments", digest, name.removeprefix("chunk="))
        manifest = read_manifest(folder)
        for part in manifest.parts if manifest else ():
            for rows in row_groups(join(folder, part.name), ("document_id", "images")):
                held = rows.filter(pa.array(found_in(rows, "document_id", wanted)))
                ids = held["document_id"].to_pylist()
                for at, items in flattened(held, "images"):
                    for row, image in zip(at.tolist(), items.to_pylist(), strict=True):
                        is_lost = image["dom_index"] in reach.places[ids[row]]
                        counts[ids[row]] += image["outcome"] == KEPT and not is_lost
    return {document: counts[document] for document in reach.places}


def forget_in_table(out: str, place: tuple[str, str], edit: Edit, request: str) -> Rows:
    chunks = [name.removeprefix("chunk=") for name in names_in(join(out, "tables", *place))]
    with ThreadPoolExecutor(CHUNKS_AT_ONCE) as pool:
        found = pool.map(partial(forget_in_chunk, out, place, edit=edit, request=request), chunks)
        return {file: n for files in found for file, n in files.items()}


def forget_in_chunk(out: str, place: tuple[str, str], chunk: str, edit: Edit, request: str) -> Rows:
    """Rewrite the parts of a chunk that hold such rows, then its manifest. A chunk that was never finished is removed:
    what a killed task left may hold them."""
    folder = chunk_folder(out, *place, chunk)
    manifest = read_manifest(folder)
    if manifest is None:
        clear_chunk(folder)
        return {}
    parts: list[Part] = []
    counts: Counter[str] = Counter(manifest.forgotten.get(request, {}))
    for part in manifest.parts:
        kept, n_changed = forget_in_part(folder, part, edit)
        parts += [kept] if kept else []
        counts.update({part.name: n_changed} if n_changed else {})
    if parts != list(manifest.parts):
        told = {**manifest.forgotten, request: dict(counts)}
        changed = replace(manifest, parts=tuple(parts), made_as=manifest.fingerprint, forgotten=told)
        write_manifest(folder, changed)
    return {join("tables", *place, f"chunk={chunk}", name): n for name, n in counts.items()}


def forget_in_part(folder: str, part: Part, edit: Edit) -> tuple[Part | None, int]:
    """The part that is left, None when no row is; and how many rows were changed or taken out."""
    uri, target = join(folder, part.name), join(folder, next_name(part.name))
    changes = changes_in(uri, edit)
    if not changes:
        return part, 0
    n_changed = sum(map(len, changes.values()))
    is_left = write_changed(uri, target, changes, form)
    return (read_back(TABLES[part.table], part.chunk, target) if is_left else None), n_changed


def form(schema: pa.Schema) -> Mapping[str, object]:
    """How the tables of a build are written."""
    return {"compression": codecs(schema), "write_page_index": True}


def renew(out: str, say: Say) -> None:
    """Count every build of the folder anew, and report the last one."""
    plan = read_plan(out)
    last = read_json(join(out, BUILD))
    for name, build in finished_builds(out).items():
        run = run_of(out, build, plan)
        if last is not None and name == name_of(last):
            say("report")
            conclude(run)
            continue
        try:
            recount(run)
        except DataError:  # its tables are not all there any more; nothing of it is read
            continue
        write_json(join(out, BUILDS, f"{name}.json"), {**build, "interleaved": product_parts(run)})


def run_of(out: str, build: Told, plan: Plan) -> Run:
    """A finished build as a run, wherever its folder lies now."""
    settings = settings_from_flat(build["settings"])
    settings = settings.model_copy(update={"places": settings.places.model_copy(update={"out": out})})
    chosen = plan_of(plan[: len(build["chunks"])])  # a plan grows at its end
    return Run(settings, chosen, build["digests"], build.get("encoder", settings.encode.encoder))


def sweep(out: str) -> None:
    """Remove the files in tables that no manifest names, and what killed writers left."""
    for name in names_in(out):
        if name.startswith("_") and name.endswith(".unfinished"):
            remove_file(join(out, name))
    for table in names_in(join(out, "tables")):
        for digest in names_in(join(out, "tables", table)):
            base = join(out, "tables", table, digest)
            named: dict[str, set[str]] = {}
            for path in files_under(base):
                folder, _, name = path.rpartition("/")
                if not folder.startswith("chunk="):
                    continue
                if folder not in named:
                    manifest = read_manifest(join(base, folder))
                    named[folder] = {part.name for part in manifest.parts} if manifest else set()
                if name != NAME and name not in named[folder]:
                    remove_file(join(base, path))
