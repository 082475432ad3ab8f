"""Builds that are compared: what a run writes, whatever ran it and wherever it lies."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pyarrow.parquet as pq

from corpus.columns import Table
from corpus.manifest import chunk_folder, read_manifest
from corpus.storage import join, locate, read_json
from corpus.tables import TABLES
from corpus.tables.product import FUNNEL
from tests.jobs.built import SAMPLE, corpus_build

TIME = "elapsed_s"
TASKS = 2  # where files end depends on the number of tasks, so it is the same for all that are compared


def write_settings(path: Path, out: str, inputs: str = str(SAMPLE)) -> Path:
    """A settings file as a cluster is given one."""
    path.write_text(f'[places]\ninputs = ["{inputs}"]\nout = "{out}"\n[spark]\ntasks = {TASKS}\n')
    return path


def built_here(out: Path) -> str:
    """The sample, built by this machine's cores without any cluster."""
    done = corpus_build(
        SAMPLE, "--out", out, "--set", "spark.master=local[2]", "--set", f"spark.tasks={TASKS}"
    )
    assert done.returncode == 0, done.stderr
    return str(out)


def contents(out: str) -> dict[str, list[str]]:
    """What every part of a finished build holds, by table: the sha256 of the file or, where rows tell how long they
    took, of its rows without that. What the files are called is not told."""
    build = read_json(join(out, "build.json"))
    assert build is not None, f"{out} is not finished"
    return {
        name: [
            content_of(table, join(folder, part.name), part.sha256)
            for chunk in build["chunks"]
            for folder in [chunk_folder(out, name, build["digests"][name], chunk)]
            for part in read_manifest(folder).parts
        ]
        for name, table in TABLES.items()
        if table is not FUNNEL
    }


def content_of(table: Table, uri: str, sha256: str) -> str:
    if TIME not in table.schema.names:
        return sha256
    filesystem, path = locate(uri)
    rows = pq.read_table(path, filesystem=filesystem).drop_columns([TIME]).to_pylist()
    return hashlib.sha256(repr(rows).encode()).hexdigest()


def funnel(out: str) -> list[dict[str, object]]:
    """The rows of the funnel without what differs between runs, their time."""
    filesystem, path = locate(
        join(out, "tables", "funnel", read_json(join(out, "build.json"))["digests"]["funnel"])
    )
    table = pq.read_table(f"{path}/funnel.parquet", filesystem=filesystem)
    return [{k: v for k, v in row.items() if not k.endswith("_s")} for row in table.to_pylist()]
