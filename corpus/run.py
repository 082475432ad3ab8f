"""A run: from settings to a finished corpus.

Goes in: settings. Comes out: tables, funnel, report and `build.json`, the one file that says which tables make up the
build, written last.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from corpus import __version__
from corpus.config import Settings, digest
from corpus.dedup.corpora import identity_of_corpora
from corpus.dedup.evaluation import EvaluationIndex, build_index, write_index
from corpus.encode.checkpoint import encoder_identity
from corpus.encode.registry import (
    check_encoder,
    encoder_dtype,
    high_similarity,
    similarity_bound,
)
from corpus.errors import EncoderError, InputError, OutputError, SettingsError
from corpus.fetch.img2dataset import check_engine
from corpus.fetch.opt_outs import read_opt_outs
from corpus.fetch.shards import folder_identity, unfinished_shards
from corpus.filters.flagged_words import read_flagged_words
from corpus.history import BUILD, begin_build, end_build, write_build
from corpus.look.absences import absences
from corpus.look.evaluation_sets import set_counts, set_lines
from corpus.look.filter_groups import filter_groups, warning_of
from corpus.look.funnel import Tally, check_funnel, funnel_table
from corpus.look.funnel_text import format_funnel
from corpus.look.page_groups import group_warnings, page_groups
from corpus.look.report import BuildFacts, render_report
from corpus.look.scores import bounds_of
from corpus.look.stored import Stored, stage_seconds
from corpus.look.tallies import part_tallies
from corpus.manifest import table_digests
from corpus.overrides import flat
from corpus.plan import NAME as PLAN
from corpus.plan import Chunk, extend_plan, read_plan, write_plan
from corpus.recipes.image_safety import detector_identities
from corpus.release.text_tokens import tokenizers_identity
from corpus.safety.block_lists import read_block_lists
from corpus.safety.detectors import FACES, absent, running
from corpus.spark.here import check_spark
from corpus.storage import join, names_in, read_json, write_bytes, writing
from corpus.tables import TABLES
from corpus.tables.product import FUNNEL, INTERLEAVED
from corpus.warc.index import check_captures
from corpus.warc.sources import expand_inputs, refuse_copies

REPORT = "report.html"


@dataclass(frozen=True)
class Run:
    """What a run works on: settings with the similarity bound filled in, chunks, digests, the encoder's identity."""

    settings: Settings
    chunks: tuple[Chunk, ...]
    digests: Mapping[str, str]
    encoder: str

    @property
    def out(self) -> str:
        return self.settings.places.out

    @property
    def stored(self) -> Stored:
        return Stored(self.out, self.digests, tuple(chunk.name for chunk in self.chunks))

    @property
    def stored_chunks(self) -> list[Stored]:
        return [Stored(self.out, self.digests, (chunk.name,)) for chunk in self.chunks]


def prepare(settings: Settings, retry_failed: bool = False) -> Run:
    """Everything that can be wrong before Spark starts, looked at before Spark starts. Raises CorpusError."""
    if not settings.places.inputs:
        raise InputError(
            "no WARC file was given; give paths, globs, addresses, or places.inputs in a settings file"
        )
    if settings.fetch.images == "web" and not settings.fetch.contact:
        raise SettingsError(
            "fetch.contact is not set: give a URL or e-mail address at which site owners can reach you, for example "
            "--set fetch.contact=https://example.org/crawler; it is sent with every request"
        )
    check_engine(settings.fetch)
    check_spark()
    check_encoder(settings.encode.encoder)
    settings = with_detectors(with_dtype(with_high_bound(with_bound(settings))))
    settings = with_round(settings, retry_failed)
    files = expand_inputs(settings.places.inputs)
    refuse_copies(files)
    if settings.fetch.captures:
        check_captures(settings.fetch.captures)
    opt_outs = read_opt_outs(settings.fetch.opt_outs)
    block_lists = read_block_lists(settings.safety)
    shards = shards_identity(settings)
    earlier = identity_of_corpora(settings)
    flagged = read_flagged_words(settings.flagged_words).identity
    chunks = plan_chunks(settings, files)
    settings, evaluation = with_evaluation_index(settings)
    # Weights that are not there yet are downloaded here, once, before the workers ask for them all at the same time.
    identity = encoder_identity(settings.encode.encoder, settings.encode.dtype)
    identities = {
        "image_features": identity,
        "sentence_embeddings": identity,
        "images": opt_outs.identity + block_lists.identity,
    }
    identities |= {"image_urls": shards, "page_clusters": earlier}
    identities["image_safety"] = detector_identities(settings)
    identities |= {"page_screenings": flagged + evaluation.text_identity}
    identities |= {"document_decisions": evaluation.image_identity}
    identities["interleaved"] = tokenizers_identity(settings.release.tokenizers)
    return Run(settings, tuple(chunks), table_digests(settings, identities), identity)


def shards_identity(settings: Settings) -> str:
    """Identity of the folder of img2dataset that images come from, empty when they do not. Raises CorpusError; says
    which shards are left out."""
    if settings.fetch.images != "img2dataset":
        return ""
    folder = settings.fetch.folder
    if folder is None:
        raise SettingsError("fetch.images is img2dataset: give its output folder as fetch.folder")
    identity, unfinished = folder_identity(folder), unfinished_shards(folder)
    if unfinished:
        shown = ", ".join(unfinished[:5])
        print(f"{folder}: {len(unfinished)} unfinished shard(s) are not read: {shown}", file=sys.stderr)
    return identity


def with_evaluation_index(settings: Settings) -> tuple[Settings, EvaluationIndex]:
    """Settings that name the index of the evaluation sets, which is written, and the index; says what of the sets
    cannot be looked for. Raises CorpusError."""
    index = build_index(settings)
    if not (index.texts or index.images):
        return settings, index
    for note in index.notes:
        print(note, file=sys.stderr)
    update = {"evaluation_index": write_index(index, settings.places.out)}
    return settings.model_copy(update={"dedup": settings.dedup.model_copy(update=update)}), index


def with_bound(settings: Settings) -> Settings:
    """Settings in which align.min_similarity is a number; EncoderError when neither they nor the encoder say one."""
    if settings.align.min_similarity is not None:
        return settings
    bound = similarity_bound(settings.encode.encoder)
    if bound is None:
        raise EncoderError(
            f"encoder {settings.encode.encoder} has no similarity bound of its own; give one that suits its scale, for "
            "example --set align.min_similarity=0.15, or -1 to keep every picture"
        )
    return settings.model_copy(update={"align": settings.align.model_copy(update={"min_similarity": bound})})


def with_high_bound(settings: Settings) -> Settings:
    """Settings in which tiers.high_similarity is the encoder's own where they say none and it has one."""
    if settings.tiers.high_similarity is not None:
        return settings
    high = high_similarity(settings.encode.encoder)
    return settings.model_copy(update={"tiers": settings.tiers.model_copy(update={"high_similarity": high})})


def with_dtype(settings: Settings) -> Settings:
    """Settings in which encode.dtype is float32 or bfloat16: decided once, here, however different the machines are
    that the tasks will run on."""
    dtype = encoder_dtype(settings.encode.encoder, settings.encode.dtype)
    return settings.model_copy(update={"encode": settings.encode.model_copy(update={"dtype": dtype})})


def with_detectors(settings: Settings) -> Settings:
    """Settings in which safety.detectors names those that run: decided once, here. Raises CorpusError."""
    names = running(settings.safety.detectors, settings.encode.encoder)
    if settings.release.blur_faces and FACES not in names:
        reason = absent(names, settings.encode.encoder)[FACES]
        raise SettingsError(f"release.blur_faces needs the detector faces, which does not run: {reason}")
    return settings.model_copy(update={"safety": settings.safety.model_copy(update={"detectors": names})})


def with_round(settings: Settings, retry_failed: bool) -> Settings:
    """Settings in which fetch.round is a number: that of the last finished build unless they say one, and one more when
    failures are to be asked for again. SettingsError when there are none that could be."""
    out = settings.places.out
    last = read_json(join(out, BUILD))
    number = settings.fetch.round
    if number is None:
        number = last["settings"].get("fetch.round", 0) if last else 0
    if retry_failed:
        if settings.fetch.images != "web":
            raise SettingsError("--retry-failed asks the web again, but fetch.images is not web")
        if last is None:
            raise SettingsError(
                f"--retry-failed needs a finished build in {out}; run the same command without it"
            )
        number += 1
    return settings.model_copy(update={"fetch": settings.fetch.model_copy(update={"round": number})})


def plan_chunks(settings: Settings, files: Sequence[str]) -> list[Chunk]:
    """The plan of this build, written to its folder; OutputError when the folder cannot be written, or holds something
    that is not a build."""
    out = settings.places.out
    try:
        names = [name for name in names_in(out) if not name.startswith(("_", "."))]
        if names and PLAN not in names:
            raise OutputError(
                f"{out} holds other things ({', '.join(names[:3])}, ...) and no {PLAN}; choose an empty or new --out"
            )
        chunks = extend_plan(read_plan(out), files, settings.spark.files_per_chunk)
        write_plan(out, chunks)
    except OSError as error:
        raise OutputError(f"cannot write to {out}: {error}; choose another --out") from None
    return chunks


def build(
    settings: Settings, say: Callable[[str], None], stage: str | None = None, retry_failed: bool = False
) -> None:
    """Make what is missing of the corpus, or of the tables of one stage alone; say what came of it. `retry_failed` asks
    again for images whose failure may have passed."""
    started = time.monotonic()
    if retry_failed and stage is not None:
        raise SettingsError(
            "--retry-failed goes with a whole build; with --stage, raise fetch.round by one instead"
        )
    run = prepare(settings, retry_failed)
    begin_build(
        run.out, {"version": __version__, "settings": flat(run.settings), "digests": dict(run.digests)}, stage
    )
    made = run_recipes(run, stage)
    if stage is not None:
        end_build(run.out)
        say(f"{stage}: {made} chunk(s) made")
        return
    finish(run, say, made)
    end_build(run.out)
    say(f"\n{made} chunk(s) of tables made in {time.monotonic() - started:.0f} s")
    say(f"look at   {join(run.out, REPORT)}")
    say(
        f"train on  {join(run.out, 'tables', INTERLEAVED.name, run.digests[INTERLEAVED.name], '*', '*.parquet')}"
    )


def run_recipes(run: Run, stage: str | None) -> int:
    """Spark's part; the number of chunks made."""
    from corpus.pipeline import run_pipeline
    from corpus.spark.build import Build

    build = Build(run.out, run.settings, run.chunks, run.digests)
    try:
        return run_pipeline(build, stage)
    finally:
        build.stop()


def finish(run: Run, say: Callable[[str], None], made: int) -> None:
    """Count, check, report. Nothing is written that is there already."""
    known = read_json(join(run.out, BUILD))
    if made or known is None or known["digests"] != dict(run.digests) or known["version"] != __version__:
        known = conclude(run)
    for line in known.get("not_measured", ()):
        say(line)
    say(format_funnel(read_funnel(run)))
    for line in known.get("evaluation_sets", ()):
        say(line)
    for warning in known.get("warnings", ()):
        say(f"warning: {warning}")


def conclude(run: Run) -> dict[str, Any]:
    """Count, check and report tables that are all made; what `build.json` says of them."""
    found = facts(run, recount(run))
    write_bytes(join(run.out, REPORT), render_report(run.stored, found).encode())
    flagged = [warning_of(rate) for rate in found.filter_groups.flagged]
    known = build_manifest(run) | {
        "warnings": group_warnings(found.groups) + flagged,
        "evaluation_sets": set_lines(set_counts(run.stored, run.settings)),
        "not_measured": absences(run.settings),
    }
    write_build(run.out, known)
    return known


def recount(run: Run) -> pa.Table:
    """The table `funnel`, counted, checked and written."""
    tallies = count(run)
    check_funnel(tallies)
    seconds = stage_seconds(run.stored, [name for name in TABLES if name != FUNNEL.name])
    funnel = funnel_table(tallies, seconds)
    write_funnel(run, funnel)
    return funnel


def facts(run: Run, funnel: pa.Table) -> BuildFacts:
    """What the report tells of the build besides its tables."""
    files = [file for chunk in run.chunks for file in chunk.files]
    groups = page_groups(run.stored_chunks)
    by_filter = filter_groups(run.stored_chunks, bounds_of(run.settings))
    return BuildFacts(files, run.settings, digest(flat(run.settings)), run.encoder, funnel, groups, by_filter)


def count(run: Run) -> list[Tally]:
    """Tallies of every table, from the manifests."""
    manifests = [
        manifest for name in TABLES if name != FUNNEL.name for manifest in run.stored.manifests(name)
    ]
    return list(part_tallies(part for manifest in manifests for part in manifest.parts))


def funnel_uri(run: Run) -> str:
    return join(run.out, "tables", FUNNEL.name, run.digests[FUNNEL.name], "funnel.parquet")


def write_funnel(run: Run, funnel: pa.Table) -> None:
    with writing(funnel_uri(run)) as stream:
        pq.write_table(funnel, stream)


def read_funnel(run: Run) -> pa.Table:
    return pq.read_table(funnel_uri(run))


def build_manifest(run: Run) -> dict[str, object]:
    """What `build.json` holds besides warnings and what was not measured: the tables of the build by digest, and the
    files of the product relative to it."""
    return {
        "version": __version__,
        "settings": flat(run.settings),
        "chunks": [chunk.name for chunk in run.chunks],
        "digests": dict(run.digests),
        "encoder": run.encoder,
        "interleaved": product_parts(run),
        "report": REPORT,
    }


def product_parts(run: Run) -> list[str]:
    return [
        join("tables", INTERLEAVED.name, manifest.digest, f"chunk={manifest.chunk}", part.name)
        for manifest in run.stored.manifests(INTERLEAVED.name)
        for part in manifest.parts
    ]
