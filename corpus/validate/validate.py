"""Validating a release: everything that its manifest and its rows promise, looked at.

Goes in: a folder or URI. Comes out: faults, as they are found. Memory holds one batch, and the places of one file;
local disk, where TMPDIR is, one file of a release that lies in a store.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from tempfile import NamedTemporaryFile

import pyarrow as pa
import pyarrow.parquet as pq

from corpus.release.manifest import NAME, ReleaseManifest, ShardFile, read_release_manifest
from corpus.storage import files_under, is_local, join, locate
from corpus.validate.fault import BUILD_ANEW, GET_ANEW, Fault
from corpus.validate.files import check_content, check_listing, check_shape, check_totals
from corpus.validate.order import OrderOfFile
from corpus.validate.pictures import Lookers
from corpus.validate.rows import check_rows

ROWS_PER_BATCH = 64
MAX_FAULTS_PER_FILE = 20


def validate(uri: str, say: Callable[[str], None], n_processes: int = 1) -> Iterator[Fault]:
    """The faults of the release at `uri`; none when it is whole. InputError when it is no release. At most
    `MAX_FAULTS_PER_FILE` are told of one file."""
    manifest = read_release_manifest(uri)
    listing = list(check_listing(manifest, files_under(uri)))
    yield from (*check_totals(manifest), *listing)
    lost = {fault.file for fault in listing}
    for paper in manifest.papers:
        if paper.path not in lost:
            yield from check_content(uri, paper)
    with Lookers(n_processes) as lookers:
        for number, file in enumerate(manifest.files):
            say(f"{number} of {len(manifest.files)} files looked at")
            if file.path not in lost:
                yield from capped(file, check_file(uri, manifest, file, lookers))
        say(f"{len(manifest.files)} of {len(manifest.files)} files looked at")


def check_file(uri: str, manifest: ReleaseManifest, file: ShardFile, lookers: Lookers) -> Iterator[Fault]:
    """Bytes first, then footer, then rows: the first of these that is wrong is all that is told. What lies in a store
    is copied to local disk meanwhile, and so asked for once."""
    with NamedTemporaryFile() as copy:
        is_here = is_local(uri)
        changed = list(check_content(uri, file, None if is_here else copy))
        if changed:
            yield from changed
            return
        copy.flush()
        try:
            path = join(locate(uri)[1], file.path) if is_here else copy.name
            parquet = pq.ParquetFile(path, pre_buffer=False)  # else it takes all of the file into memory
            misshapen = list(check_shape(manifest, file, parquet))
            yield from misshapen or check_batches(uri, manifest, file, parquet, lookers)
        except (pa.ArrowInvalid, OSError) as error:
            yield Fault(file.path, None, f"cannot be read as Parquet ({error})", GET_ANEW)


def check_batches(
    uri: str, manifest: ReleaseManifest, file: ShardFile, parquet: pq.ParquetFile, lookers: Lookers
) -> Iterator[Fault]:
    """The faults of the rows; pictures are decoded only where the row agrees with itself."""
    order = OrderOfFile(manifest, file, lambda other: ids_of(uri, other))
    first, n_images = 0, 0
    for batch in parquet.iter_batches(ROWS_PER_BATCH):
        findings = [*order.check(batch)]
        findings += check_rows(batch, manifest.choice["references"])
        findings = findings or list(lookers.check(batch))
        for row, what in findings:
            yield Fault(file.path, first + row, what, BUILD_ANEW)
        first += batch.num_rows
        n_images += len(batch.column("images").flatten())
    if n_images != file.images:
        yield Fault(file.path, None, f"has {n_images} pictures, but {NAME} says {file.images}", GET_ANEW)


def ids_of(uri: str, file: ShardFile) -> Iterable[str]:
    """The document_ids of a file; none when it cannot be read, which is told elsewhere."""
    filesystem, path = locate(join(uri, file.path))
    try:
        with filesystem.open_input_file(path) as stream:
            found: list[str] = pq.read_table(stream, columns=["document_id"])["document_id"].to_pylist()
            return found
    except (pa.ArrowInvalid, OSError):
        return ()


def capped(file: ShardFile, faults: Iterable[Fault]) -> Iterator[Fault]:
    for number, fault in enumerate(faults):
        if number == MAX_FAULTS_PER_FILE:
            yield Fault(file.path, None, f"has more than {MAX_FAULTS_PER_FILE} faults", BUILD_ANEW)
            return
        yield fault
