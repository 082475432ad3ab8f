"""What signs in the pixels tell of spoilt pictures, and what they cost: `python -m bench.picture_signs WARC ...`.

Goes in: WARC files, such as demo/sample.warc.gz. Comes out: ROC-AUC per sign and way of spoiling, and CPU
milliseconds per picture, as a table in Markdown. A sign of one picture does not depend on how many others are spoilt,
so there is no column per share.
"""

from __future__ import annotations

import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image
from warcio.archiveiterator import ArchiveIterator

from bench.separation import separation
from bench.spoiled import SPOILT
from corpus.filters.picture_signs import MEASURES, looked_at
from corpus.pixels import PictureFault, decode_rgb

SEED = 0
MOST = 400
FEWEST_PX = 100
MAX_PIXELS = 89_000_000
LOW_IS_BAD = ("image_sharpness",)
LOOKING = "all, with making it smaller"


def pictures_in(files: Sequence[str]) -> Iterator[Image.Image]:
    """The distinct pictures in responses, but for small ones."""
    seen = set()
    for file in files:
        with Path(file).open("rb") as stream:
            for record in ArchiveIterator(stream):
                if record.rec_type != "response" or record.http_headers is None:
                    continue
                body = record.content_stream().read()
                if body[:1024] in seen:
                    continue
                seen.add(body[:1024])
                try:
                    picture = decode_rgb(body, MAX_PIXELS)
                except PictureFault:
                    continue
                if min(picture.size) >= FEWEST_PX:
                    yield picture


def measured(picture: Image.Image, cpu_ms: dict[str, list[float]] | None = None) -> dict[str, float]:
    """Its signs; where asked for, what each took."""
    clock = [time.thread_time()]
    look = looked_at(picture)
    found = {}
    for measure, _ in MEASURES:
        began = time.thread_time()
        found[measure.__name__] = measure(look)
        if cpu_ms is not None:
            cpu_ms[measure.__name__].append(1000 * (time.thread_time() - began))
    if cpu_ms is not None:
        cpu_ms[LOOKING].append(1000 * (time.thread_time() - clock[0]))
    return found


def main(arguments: Sequence[str]) -> int:
    if not arguments:
        print("usage: python -m bench.picture_signs WARC ..., such as demo/sample.warc.gz", file=sys.stderr)
        return 2
    random = np.random.default_rng(SEED)
    pictures = list(pictures_in(arguments))
    pictures = [pictures[at] for at in random.permutation(len(pictures))[:MOST]]
    cpu_ms: dict[str, list[float]] = defaultdict(list)
    clean = [measured(picture, cpu_ms) for picture in pictures]
    spoilt = {
        name: [measured(spoil(picture, random)) for picture in pictures] for name, spoil in SPOILT.items()
    }
    print(f"{len(pictures)} pictures\n")
    print(f"| sign | {' | '.join(SPOILT)} | 5 %, 50 %, 95 % of clean ones | CPU ms, median and mean |")
    print("|---" * (len(SPOILT) + 3) + "|")
    for measure, _ in MEASURES:
        name = measure.__name__
        print(row(name, clean, list(spoilt.values()), cpu_ms[name]))
    print(f"\n{LOOKING}: {np.median(cpu_ms[LOOKING]):.1f} and {np.mean(cpu_ms[LOOKING]):.1f} CPU ms")
    return 0


def row(
    name: str,
    clean: Sequence[dict[str, float]],
    spoilt: Sequence[Sequence[dict[str, float]]],
    cpu_ms: Sequence[float],
) -> str:
    """The line of one sign."""
    sign = 1 if name in LOW_IS_BAD else -1
    wrong = np.repeat([False, True], len(clean))
    told = [separation(sign * np.array([each[name] for each in (*clean, *bad)]), wrong) for bad in spoilt]
    spread = np.percentile([each[name] for each in clean], [5, 50, 95])
    cells = [f"{each:.3f}" for each in told]
    cells += [", ".join(f"{each:.3g}" for each in spread)]
    cells += [f"{np.median(cpu_ms):.1f}, {np.mean(cpu_ms):.1f}"]
    return f"| {name} | {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
