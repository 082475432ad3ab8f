"""`python -m bench`: one table of times, ours beside plain ways of doing the same.

Goes in: options. Comes out: facts about the machine and the table on standard output, progress on standard error.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from bench.machine import machine_facts
from bench.table import Line, core_line, format_table, growth_lines, rate_lines, step_lines
from corpus.errors import CorpusError

if TYPE_CHECKING:
    from PIL.Image import Image

    from bench.kernels import Inputs
    from corpus.config import Encode

SAMPLE = str(Path(__file__).parents[1] / "demo" / "sample.warc.gz")
CROWDED = (30, 500)
"""Images and sentences of a large document; MMC4 and OmniCorpus keep at most 30 images."""
LEGEND = """\
Medians over {n_rounds} round(s); contenders take turns within a round and use one thread each, those that read Parquet
as many as they like. The ratio says how many times as fast ours is, the CPU ratio how many times as little core time it
needs. Of the build, the ratios are its seconds times cores, and its core seconds, over those of its functions without
Spark; percentages are shares of its wall time, and of the time of all functions. Core seconds far under seconds times
cores: others used the machine too."""


@dataclass(frozen=True)
class Effort:
    """How much is measured: rounds, one page in how many, and how many of the rest."""

    n_rounds: int
    every: int
    n_pictures: int
    n_sentences: int
    n_documents: int
    n_fetched: int
    n_read: int


FULL = Effort(
    n_rounds=3, every=1, n_pictures=256, n_sentences=4096, n_documents=1024, n_fetched=2000, n_read=3000
)
QUICK = Effort(
    n_rounds=1, every=8, n_pictures=64, n_sentences=512, n_documents=128, n_fetched=100, n_read=200
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; the exit code."""
    options = parser().parse_args(arguments)
    # Read by numpy's BLAS and by torch when they are imported, hence the imports within functions below.
    os.environ["OMP_NUM_THREADS"] = "1"
    effort = QUICK if options.quick else FULL
    if options.runs is not None:
        effort = replace(effort, n_rounds=options.runs)
    print("\n".join(machine_facts()), flush=True)
    try:
        lines = measure(options, effort)
    except CorpusError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    print(f"\n{format_table(lines)}\n\n{LEGEND.format(n_rounds=effort.n_rounds)}")
    return 0


def parser() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(prog="python -m bench", description="Time the stages on this machine.")
    options.add_argument(
        "--warc",
        action="append",
        type=local_file,
        default=[],
        metavar="FILE",
        help="extract from this file too; may be repeated",
    )
    options.add_argument("--encoder", default="demo", help="encoder to time; the build keeps to demo")
    options.add_argument("--runs", type=positive, metavar="N", help=f"rounds; default {FULL.n_rounds}")
    options.add_argument(
        "--quick", action="store_true", help="one round, smaller inputs: seen to run, no more"
    )
    return options


def local_file(text: str) -> str:
    if not Path(text).is_file():
        raise argparse.ArgumentTypeError(f"there is no file {text}")
    return text


def positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is no number of rounds")
    return int(text)


def measure(options: argparse.Namespace, effort: Effort) -> list[Line]:
    """All lines of the table. The build comes before the stages that are timed on what it has written."""
    from bench.build import build_lines, time_builds

    lines = warc_reading_lines((SAMPLE, *options.warc), effort)
    lines += all_extraction_lines((SAMPLE, *options.warc), effort)
    with TemporaryDirectory(prefix="corpus-bench-") as folder:
        rounds, inputs = time_builds(SAMPLE, Path(folder), effort.n_rounds, say)
    return [
        *lines,
        *fetching_lines(effort),
        *signature_lines(effort),
        *encoding_lines(options.encoder, inputs, effort),
        *assignment_lines(inputs, effort),
        *build_lines(rounds),
        *all_reading_lines(effort),
    ]


def warc_reading_lines(warcs: Sequence[str], effort: Effort) -> list[Line]:
    """Reading alone: each file, and all of them one after the other."""
    from bench.warc_reading import time_reading

    files = {f"alone, of {Path(warc).name}": [warc] for warc in warcs}
    if len(warcs) > 1:
        files["alone, of all files"] = list(warcs)
    say("reading WARC files")
    return [
        line
        for what, paths in files.items()
        for line in rate_lines("read", "records", what, time_reading(paths, effort.n_rounds))
    ]


def all_extraction_lines(warcs: Sequence[str], effort: Effort) -> list[Line]:
    """Each file, all of them as one crawl, the steps of the work, and how it grows with the file."""
    from bench.extraction import as_one, time_extraction
    from bench.steps import growth, step_times

    timings = {}
    for warc in warcs:
        say(f"extracting {warc}")
        timings[warc] = time_extraction(warc, effort.every, effort.n_rounds)
    lines = [
        line
        for warc, own in timings.items()
        for line in rate_lines("extract", "pages", f"of {Path(warc).name}", own)
    ]
    if len(warcs) > 1:
        lines += rate_lines("extract", "pages", "of all files", as_one(list(timings.values())))
    lines.append(core_line("pages", as_one(list(timings.values()))))
    say("extracting step by step")
    steps = step_lines("extract", "page", *step_times(warcs))
    return [*lines, *steps, *growth_lines(growth(SAMPLE, effort.n_rounds))]


def fetching_lines(effort: Effort) -> list[Line]:
    from bench.fetch_steps import fetch_step_times
    from bench.fetching import time_fetching

    say(f"fetching {effort.n_fetched} images from loopback")
    hashed, looked_at = time_fetching(effort.n_fetched, effort.n_rounds)
    return [
        *rate_lines("fetch", "images", "and hash them", hashed),
        *rate_lines("fetch", "images", "and decode them", looked_at),
        *downloading_lines(effort),
        *step_lines("store", "image", effort.n_fetched, fetch_step_times(effort.n_fetched)),
    ]


def downloading_lines(effort: Effort) -> list[Line]:
    from bench.downloading import OURS, THEIRS, time_downloading, without_start

    say(f"downloading {effort.n_fetched} images from loopback")
    timings = time_downloading(effort.n_fetched, effort.n_rounds)
    if not timings:
        return [Line("download images", beside="img2dataset is not installed", ours="-")]
    whole = {name: timings[name] for name in (OURS, THEIRS)}
    return [
        *rate_lines("download", "images", "and resize them", whole),
        *rate_lines("download", "images", "without the start", without_start(timings)),
    ]


def signature_lines(effort: Effort) -> list[Line]:
    from bench.duplicates import time_signatures

    say(f"signing {effort.n_documents} generated pages")
    timings = time_signatures(effort.n_documents, effort.n_rounds)
    return rate_lines("sign", "pages", "of 100 to 500 words", timings)


def encoding_lines(encoder: str, inputs: Inputs, effort: Effort) -> list[Line]:
    """Both towers of the encoder, on the first pictures and sentences of the sample, and of one of common size."""
    from bench.encoding import RANDOM_VIT, VIT, pictures_of, sentences_of, write_random
    from corpus.config import Encode

    pictures = pictures_of(inputs["image_features"], effort.n_pictures)
    sentences = sentences_of(inputs["sentence_embeddings"], effort.n_sentences)
    with TemporaryDirectory(prefix="corpus-bench-") as folder:
        own = tower_lines(encoder, Encode(encoder=encoder), pictures, sentences, effort)
        vit = Encode(encoder=write_random(VIT, Path(folder, VIT)))
        n_pictures, n_sentences = effort.n_pictures // 4, effort.n_sentences // 8
        return own + tower_lines(RANDOM_VIT, vit, pictures[:n_pictures], sentences[:n_sentences], effort)


def tower_lines(
    name: str, settings: Encode, pictures: Sequence[Image], sentences: Sequence[str], effort: Effort
) -> list[Line]:
    from bench.encoding import time_images, time_sentences

    say(f"embedding {len(pictures)} images and {len(sentences)} sentences with {name}")
    return [
        *rate_lines("embed", "images", f"by {name}", time_images(pictures, settings, effort.n_rounds)),
        *rate_lines("embed", "sentences", f"by {name}", time_sentences(sentences, settings, effort.n_rounds)),
    ]


def assignment_lines(inputs: Inputs, effort: Effort) -> list[Line]:
    """Documents shaped as those of the sample, and large ones."""
    from bench.assignment import shapes_of, time_assignment

    shapes = shapes_of(inputs["alignments"])
    n_crowded = effort.n_documents // 8
    say(f"matching {effort.n_documents} documents like those of the sample, {n_crowded} large ones")
    own = time_assignment(shapes, effort.n_documents, effort.n_rounds)
    crowded = time_assignment([CROWDED], n_crowded, effort.n_rounds)
    return [
        *rate_lines("match", "documents", "as in the sample", own),
        *rate_lines("match", "documents", "of {} x {}".format(*CROWDED), crowded),
    ]


def all_reading_lines(effort: Effort) -> list[Line]:
    from bench.reading import drawn_build, reading_lines

    say(f"reading {effort.n_read} documents")
    with TemporaryDirectory(prefix="corpus-bench-") as folder:
        return reading_lines(drawn_build(folder, effort.n_read), effort.n_rounds)


def say(text: str) -> None:
    print(f"bench: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
