"""Interleaved image-text corpora from Common Crawl: WARC files in, Parquet of sentences and pictures out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.compute as pc

    from corpus.loaders.torch_dataset import CorpusDataset

__version__ = "0.1.0"


def open(
    uri: str, columns: Sequence[str] | None = None, where: pc.Expression | None = None
) -> Iterator[pa.RecordBatch]:
    """Arrow record batches, of at most 64 rows, of the product in the build or release at `uri`, a path or URI.

    `where` is an expression over columns, such as `pc.field("mean_matched_sim") > 0.3`; row groups of which statistics
    say that no row fits are not read. Raises InputError when there is neither build nor release or a column is
    unknown, DataError when a file is missing.
    """
    from corpus.release.reading import read

    return read(uri, columns, where)


def torch_dataset(uri: str, **options: Any) -> CorpusDataset:
    """The build or release at `uri` as an `IterableDataset` of PyTorch, whose samples are dicts: `document_id`, the
    columns asked for, `sequence` (sentences and pictures in order) or, with a tokenizer, `tokens` and `images`,
    `image_info` of these pictures, and `mark`.

    `options` are those of `corpus.loaders.options.Options`. Raises InputError as `corpus.open` does, SettingsError when
    an option cannot be.
    """
    from corpus.loaders.options import Options
    from corpus.loaders.torch_dataset import CorpusDataset

    return CorpusDataset(uri, Options(**options))
