"""Whether memory grows with the number of pages read: `python -m bench.memory WARC --pages 100000`.

Goes in: a WARC file, its pages read over and over. Comes out: a line per tenth of the pages: pages read, and the memory
of this process and of the one in which it reads the pages (Linux only).
"""

from __future__ import annotations

import argparse
import os
import resource
from functools import partial
from itertools import cycle, islice
from pathlib import Path

from corpus.child import Child
from corpus.config import Settings
from corpus.recipes.documents import document_row, is_page, read_address
from corpus.warc.records import Response

N_LINES = 10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("warc")
    parser.add_argument("--pages", type=int, default=100_000)
    given = parser.parse_args()
    settings = Settings()
    items = read_address(given.warc, settings)
    responses = cycle([item for item in items if isinstance(item, Response) and is_page(item)])
    work = partial(document_row, warc_filename=given.warc, settings=settings)
    per_line = given.pages // N_LINES
    print(f"{'pages':>10} {'this process, MiB':>18} {'reading pages, MiB':>19}")
    with Child(work, settings.extract.deadline_s, settings.extract.max_memory_bytes) as child:
        for line in range(1, N_LINES + 1):
            for response in islice(responses, per_line):
                child.run(response)
            ours, theirs = resident_mib(os.getpid()), resident_mib(child.process.pid)
            print(f"{line * per_line:>10,} {ours:>18.1f} {theirs:>19.1f}", flush=True)


def resident_mib(process: int) -> float:
    n_pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return n_pages * resource.getpagesize() / 2**20


if __name__ == "__main__":
    main()
