"""A finished build on disk, made of drawn pages: what publishing reads of it, without Spark."""

from __future__ import annotations

import hashlib
import random
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from corpus import __version__
from corpus.columns import KEPT
from corpus.config import Settings
from corpus.look.funnel import funnel_table
from corpus.look.tallies import part_tallies
from corpus.manifest import Manifest, Part, chunk_folder, table_digests, write_manifest
from corpus.overrides import flat
from corpus.storage import join, write_json
from corpus.tables import TABLES
from tests.unit.drawn_build import draw_build, parts_of
from tests.unit.drawn_pages import DrawnImage, DrawnPage

LICENSES = (None, "https://creativecommons.org/licenses/by-sa/4.0/deed.en", "https://example.org/terms")
READ = ("interleaved", "image_features", "sentence_embeddings")


def drawn_page(number: int) -> DrawnPage:
    """A page of one to four small pictures and two to eight sentences."""
    rng = random.Random(number)
    n_sentences = rng.randint(2, 8)
    images = [
        DrawnImage(f"picture {at}", rng.randint(0, n_sentences), rng.randrange(n_sentences), size_px=(40, 30))
        for at in range(rng.randint(1, 4))
    ]
    sentences = [f"Sentence {at} of page {number}." for at in range(n_sentences)]
    language = rng.choice(["en", "is", None])
    url = f"https://site-{number % 7}.example/{number}"
    return DrawnPage(url, f"Page {number}", language, [("paragraph", sentences)], images, KEPT)


def write_build(out: Path, n_documents: int = 60, n_chunks: int = 3) -> str:
    """A build at `out`; the same documents in other chunks when `n_chunks` differs."""
    build = draw_build([drawn_page(number) for number in range(n_documents)])
    for number, row in enumerate(build.rows["interleaved"]):
        row["license_url"] = LICENSES[number % len(LICENSES)]
        row["sample_key"] = number * 37 % 60 / 60
        row["in_core"] = True
        row["in_ff"] = number % 3 == 0
        row["shuffle_z"] = number * 7 % 60 / 10 - 2
        row["mean_matched_sim"] = 0.2 + 0.01 * (number % 20)
    digests = table_digests(Settings(), {})
    chunks = [f"c{number:05d}" for number in range(n_chunks)]
    product = []
    for name in READ:
        for number, chunk in enumerate(chunks):
            rows = build.rows[name][number::n_chunks]
            part = write_part(str(out), name, digests[name], chunk, rows)
            if name == "interleaved":
                product.append(join("tables", name, digests[name], f"chunk={chunk}", part))
    folder = out / "tables" / "funnel" / digests["funnel"]
    folder.mkdir(parents=True)
    pq.write_table(funnel_table(part_tallies(parts_of(build)), {}), folder / "funnel.parquet")
    facts = {"version": __version__, "settings": flat(Settings()), "chunks": chunks, "digests": digests}
    write_json(str(out / "build.json"), {**facts, "interleaved": product})
    return str(out)


def write_part(out, name, digest, chunk, rows):
    folder = Path(chunk_folder(out, name, digest, chunk))
    folder.mkdir(parents=True)
    path = folder / "part-00000.parquet"
    schema = pa.schema([field for field in TABLES[name].schema if field.name in rows[0]])
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), path, row_group_size=7)
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    part = Part(name, chunk, path.name, len(rows), path.stat().st_size, sha256, ())
    write_manifest(str(folder), Manifest(name, chunk, digest, __version__, {}, {}, 0.0, (part,)))
    return path.name
