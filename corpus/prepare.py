"""What a run works on, looked at before Spark starts: settings filled in, inputs, lists, the plan, digests.

Goes in: settings. Comes out: a `Run`. Whatever can be wrong is one error here.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from corpus.catalog import Catalog
from corpus.config import Settings
from corpus.dedup.corpora import identity_of_corpora
from corpus.dedup.evaluation import EvaluationIndex, build_index, write_index
from corpus.dedup.known_sets import known_index, remember
from corpus.encode.checkpoint import encoder_identity
from corpus.encode.registry import check_encoder, encoder_dtype, high_similarity, similarity_bound
from corpus.errors import EncoderError, InputError, OutputError, SettingsError
from corpus.events import tell
from corpus.fetch.img2dataset import check_engine
from corpus.fetch.opt_outs import read_opt_outs
from corpus.fetch.shards import folder_identity, unfinished_shards
from corpus.filters.flagged_words import read_flagged_words
from corpus.history import BUILD
from corpus.look.cost import read_prices
from corpus.look.stored import Stored
from corpus.malloc import give_back
from corpus.manifest import table_digests
from corpus.plan import NAME as PLAN
from corpus.plan import Plan, extend_plan, read_plan, write_plan
from corpus.recipes.image_kinds import kinds_identity
from corpus.recipes.image_safety import detector_identities, face_head_for
from corpus.recipes.image_signs import IDENTITY as SIGNS
from corpus.release.text_tokens import tokenizers_identity
from corpus.safety.block_lists import read_block_lists
from corpus.safety.detectors import FACES, absent, running
from corpus.spark.here import check_spark, runs_here
from corpus.storage import join, names_in, read_json
from corpus.warc.index import check_captures
from corpus.warc.sources import expand_inputs, refuse_copies


@dataclass(frozen=True)
class Run:
    """What a run works on: settings with the similarity bound filled in, chunks, digests, the encoder's identity."""

    settings: Settings
    chunks: Plan
    digests: Mapping[str, str]
    encoder: str
    catalog: Catalog = field(default_factory=Catalog)

    @property
    def out(self) -> str:
        return self.settings.places.out

    @property
    def stored(self) -> Stored:
        return Stored(self.out, self.digests, self.chunks.names, self.catalog)


def prepare(settings: Settings, retry_failed: bool = False) -> Run:
    """Everything that can be wrong before Spark starts, looked at before Spark starts. Raises CorpusError."""
    check(settings)
    settings = with_full_paths(settings)
    settings = with_detectors(with_dtype(with_high_bound(with_bound(settings))))
    settings = with_round(settings, retry_failed)
    files = expand_inputs(settings.places.inputs)
    refuse_copies(files)
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
    identities["image_signs"] = SIGNS
    identities["image_kinds"] = kinds_identity(settings)
    identities["image_safety"] = detector_identities(settings)
    identities |= {"page_screenings": flagged + evaluation.text_identity}
    identities |= {"document_decisions": evaluation.image_identity}
    identities["interleaved"] = tokenizers_identity(settings.release.tokenizers)
    return Run(settings, chunks, table_digests(settings, identities), identity)


def check(settings: Settings) -> None:
    """Whether a build can be begun by these settings, as far as they and what is installed tell. Raises CorpusError."""
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
    # Wrong prices are told now, not when all is made.
    read_prices(settings.places.prices, settings.places.platform)
    check_spark()
    check_encoder(settings.encode.encoder)
    if settings.fetch.captures:
        check_captures(settings.fetch.captures)
    for out in settings.places.reuse:
        if not names_in(join(out, "tables")):
            raise InputError(
                f"places.reuse names {out}, which holds no tables: give output folders of builds"
            )


def with_full_paths(settings: Settings) -> Settings:
    """Settings under which tasks find input and output though they run in folders of their own."""
    if runs_here(settings):
        return settings
    places = settings.places
    named = {"inputs": tuple(map(in_full, places.inputs)), "out": in_full(places.out)}
    return settings.model_copy(update={"places": places.model_copy(update=named)})


def in_full(place: str) -> str:
    return place if "://" in place else os.path.abspath(place)


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
        tell("note", f"{folder}: {len(unfinished)} unfinished shard(s) are not read: {shown}")
    return identity


def with_evaluation_index(settings: Settings) -> tuple[Settings, EvaluationIndex]:
    """Settings that name the index of the evaluation sets, which is written, and the index; says what of the sets
    cannot be looked for. Raises CorpusError."""
    known = known_index(settings)
    index = known or build_index(settings)
    if not (index.texts or index.images):
        return settings, index
    for note in index.notes:
        tell("note", note)
    uri = write_index(index, settings.places.out)
    if known is None:
        remember(settings, index, uri)
    update = {"evaluation_index": uri}
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
    """Settings in which safety.detectors names those that run, and safety.face_head_max is a number where a face head
    runs: decided once, here. Raises CorpusError."""
    safety = settings.safety
    names = running(safety.detectors, settings.encode.encoder)
    face_head_max = safety.face_head_max
    if safety.face_head:
        cutoff = face_head_for(settings).cutoff
        face_head_max = cutoff if face_head_max is None else face_head_max
        names = tuple(name for name in names if name != FACES or safety.detectors is not None)
    if settings.release.blur_faces and FACES not in names:
        reason = absent(names, settings.encode.encoder)[FACES]
        raise SettingsError(f"release.blur_faces needs the detector faces, which does not run: {reason}")
    update = {"detectors": names, "face_head_max": face_head_max}
    return settings.model_copy(update={"safety": safety.model_copy(update=update)})


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


def plan_chunks(settings: Settings, files: Sequence[str]) -> Plan:
    """The plan of this build, written to its folder when it is new or has grown; OutputError when the folder cannot be
    written, or holds something that is not a build."""
    out = settings.places.out
    try:
        names = [name for name in names_in(out) if not name.startswith(("_", "."))]
        if names and PLAN not in names:
            raise OutputError(
                f"{out} holds other things ({', '.join(names[:3])}, ...) and no {PLAN}; choose an empty or new --out"
            )
        earlier = read_plan(out)
        chunks = extend_plan(earlier, files, settings.spark.files_per_chunk)
        if chunks != earlier:
            write_plan(out, chunks)
        give_back()
    except OSError as error:
        raise OutputError(f"cannot write to {out}: {error}; choose another --out") from None
    return chunks
