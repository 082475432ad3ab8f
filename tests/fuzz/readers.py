"""Coverage-guided fuzzing of what reads bytes of strangers: `python tests/fuzz/readers.py TARGET -runs=1000000`.

Goes in: `url`, `page` or `warc`, and options of libFuzzer. Comes out: nothing, or the input that raised an exception.
It needs the package atheris, which the project does not install; what it finds becomes a test in tests/unit.
"""

from __future__ import annotations

import io
import logging
import sys
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).parents[2]))

with atheris.instrument_imports(include=["corpus"]):
    from corpus.config import Extract
    from corpus.extract.page import OUTCOMES, extract_page
    from corpus.urls import normalise, resolve
    from corpus.warc.reading import read_records
    from corpus.warc.records import End

MAX_RECORD_BYTES = 2**16


def url(data: bytes) -> None:
    base, _, reference = data.decode("utf-8", "surrogateescape").partition("\n")
    found = resolve(base, reference)
    assert found is None or normalise(found) is None or normalise(normalise(found)) == normalise(found)


def page(data: bytes) -> None:
    kind, _, body = data.partition(b"\n")
    read = extract_page(body, kind.decode("latin-1"), "https://example.org/dir/", Extract())
    assert read.outcome in OUTCOMES
    assert len(read.references) == len(read.places) == len(read.facts)
    "".join(read.sentences).encode("utf-8")


def warc(data: bytes) -> None:
    *_, end = read_records(io.BytesIO(data), MAX_RECORD_BYTES)
    assert isinstance(end, End)
    assert end.n_bytes <= len(data)


TARGETS = {target.__name__: target for target in (url, page, warc)}

if __name__ == "__main__":
    logging.disable(logging.CRITICAL)  # parsers complain of every input
    name, *options = sys.argv[1:]
    atheris.Setup([sys.argv[0], *options], TARGETS[name])
    atheris.Fuzz()
