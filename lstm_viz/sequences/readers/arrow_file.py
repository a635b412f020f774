"""Feather and Arrow IPC files, batch by batch, counted as they unpack.

`readers.READER_MODULES` names it, `readers.read` imports it by that name.
"""

from __future__ import annotations

import pyarrow as pa

from lstm_viz.sequences.errors import SequenceError
from lstm_viz.sequences.limits import Limits
from lstm_viz.sequences.readers.parquet import table_of_batches
from lstm_viz.sequences.reading_options import DEFAULTS, ReadingOptions
from lstm_viz.sequences.table import Table


def read(data: bytes, name: str, limits: Limits, options: ReadingOptions = DEFAULTS) -> Table:
    """The flat columns of a Feather (version 2) or Arrow file. Raises SequenceError past the limits."""
    reader = pa.ipc.open_file(pa.BufferReader(data))
    limits.check_shape(1, len(reader.schema))
    limits.check("batches", reader.num_record_batches, limits.rows, "Keep fewer rows.")
    rows = size = 0
    batches = []
    for place in range(reader.num_record_batches):
        batch = reader.get_batch(place)
        batch.validate(full=True)
        rows, size = rows + batch.num_rows, size + batch.nbytes
        limits.check_shape(rows, batch.num_columns)
        limits.check_unpacked(size)
        batches.append(batch)
    if not rows:
        raise SequenceError("The Arrow file has columns but no rows. Save it with rows of values.")
    return table_of_batches(reader.schema, batches, "arrow", options)
