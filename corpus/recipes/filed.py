"""Tables that DataFrame operations alone can make.

Goes in: batches with the columns of a table and `chunk`. Comes out: the same, in the table's own types.
"""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa

from corpus.columns import filed_schema
from corpus.config import Settings
from corpus.recipes.small_batches import Batches, Tagged
from corpus.tables import TABLES

Step = Callable[[Batches, Settings], Tagged]


def filed_as(name: str) -> Step:
    """The step that takes rows as they are for the table `name`."""

    def file_rows(batches: Batches, settings: Settings) -> Tagged:
        schema = filed_schema(TABLES[name])
        for batch in batches:
            columns = [batch.column(field.name).cast(field.type) for field in schema]
            yield name, pa.RecordBatch.from_arrays(columns, schema=schema)

    return file_rows
