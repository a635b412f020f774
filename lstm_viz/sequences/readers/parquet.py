"""Parquet, batch by batch, counted as it unpacks: what the footer says is not believed.

`readers.READER_MODULES` names it, `readers.read` imports it by that name.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from lstm_viz.sequences.errors import SequenceError
from lstm_viz.sequences.formatting import plural
from lstm_viz.sequences.limits import Limits
from lstm_viz.sequences.readers.column_names import clean_names, list_names, quote
from lstm_viz.sequences.readers.columns import Column, column_of_text, gather
from lstm_viz.sequences.readers.notes import MAX_EXACT_INTEGER, rounded_note
from lstm_viz.sequences.reading_options import DEFAULTS, ReadingOptions
from lstm_viz.sequences.table import Table

BATCH_ROWS = 8192

#: The most that the footer's lists and names may hold.
FOOTER_ITEMS, FOOTER_BYTES = 1_000_000, 50_000_000


def read(data: bytes, name: str, limits: Limits, options: ReadingOptions = DEFAULTS) -> Table:
    """The flat columns of a Parquet file. Raises SequenceError past the limits or without such columns."""
    file = pq.ParquetFile(
        pa.BufferReader(data),
        thrift_string_size_limit=FOOTER_BYTES,
        thrift_container_size_limit=FOOTER_ITEMS,
    )
    limits.check_shape(max(1, file.metadata.num_rows), file.metadata.num_columns)
    listed = _list_columns(file.schema_arrow)
    kept = sorted({*_flat_columns(file.schema_arrow, bool(listed)), *listed})
    batches = [batch.select(kept) for batch in _checked_batches(file, limits)]
    if not batches:
        raise SequenceError("The Parquet file has columns but no rows. Save it with rows of values.")
    if listed:
        return _table_of_lists(pa.Table.from_batches(batches), limits)
    return table_of_batches(file.schema_arrow, batches, "parquet", options)


def _list_columns(schema: pa.Schema) -> list[int]:
    """The columns that hold a list of numbers in each row, where no other numbers are a row's own features."""
    numbers = [field for field in schema if pa.types.is_floating(field.type) or pa.types.is_integer(field.type)]
    if len(numbers) > 1 or any(pa.types.is_floating(field.type) for field in numbers):
        return []
    return [
        place
        for place, field in enumerate(schema)
        if (pa.types.is_list(field.type) or pa.types.is_large_list(field.type))
        and (pa.types.is_integer(field.type.value_type) or pa.types.is_floating(field.type.value_type))
    ]


def _table_of_lists(table: pa.Table, limits: Limits) -> Table:
    """Rows that each hold a sequence as a list: the longest lists, and those beside them of the same lengths."""
    names, notes = clean_names(table.schema.names)
    table = table.rename_columns(names).combine_chunks()
    lists = {names[place]: table.column(place).combine_chunks() for place in _list_columns(table.schema)}
    lengths = {name: np.asarray(pc.fill_null(pc.list_value_length(cells), 0)) for name, cells in lists.items()}
    first = max(lists, key=lambda name: int(lengths[name].sum()))
    taken = [name for name in lists if (lengths[name] == lengths[first]).all()]
    steps = lengths[first].astype(int)
    limits.check_shape(int(steps.sum()), len(taken) + 2)
    if not steps.sum():
        raise SequenceError(f"The lists under {quote(first)} are all empty. Save them with their values.")
    others = [name for name in names if name not in lists]
    called = next(
        (name for name in others if _is_text(table.schema.field(name).type)
         and len(pc.unique(table.column(name))) == table.num_rows), ""
    )  # fmt: skip
    words = [str(word) for word in table.column(called).to_pylist()] if called else []
    sequence = np.array(words, dtype=object) if called else np.arange(1.0, table.num_rows + 1)
    columns = {"sequence": np.repeat(sequence, steps), "step": np.concatenate([np.arange(1.0, n + 1) for n in steps])}
    found = gather({name: _numbers(pc.list_flatten(lists[name]), name) for name in taken})
    left = [name for name in names if name not in (*taken, called)]
    notes.append(f"The lists under {list_names(taken)} were read as a sequence for each of {table.num_rows:,} rows.")
    if left:
        notes.append(f"Left out, since they belong to whole rows: {list_names(left)}.")
    roles = {"sequence": "sequence", "time": "step"}
    return Table(columns | dict(found.values), "", "parquet", (*notes, *found.notes), roles)


def table_of_batches(schema: pa.Schema, batches: list[pa.RecordBatch], kind: str, options: ReadingOptions) -> Table:
    """The flat columns of Arrow's batches. Raises SequenceError where there are none."""
    kept = _flat_columns(schema)
    names, notes = clean_names(schema.names)
    left_out = [names[place] for place in range(len(names)) if place not in set(kept)]
    if left_out:
        notes.append(f"{plural(len(left_out), 'column')} of lists or bytes left out: {list_names(left_out)}.")
    whole = len(batches[0].schema) == len(schema)
    columns = {}
    for place, column in enumerate(kept):
        chunks = [batch.column(column if whole else place) for batch in batches]
        columns[names[column]] = _column(pa.chunked_array(chunks, schema.field(column).type), names[column], options)
    found = gather(columns)
    return Table(found.values, "", kind, (*notes, *found.notes), questions=found.questions)


def _flat_columns(schema: pa.Schema, or_none: bool = False) -> list[int]:
    kept = [place for place, field in enumerate(schema) if _is_flat_type(field.type)]
    if not kept and not or_none:
        raise SequenceError(
            f"None of the {plural(len(schema), 'column')} holds numbers, dates or words. Save such columns."
        )
    return kept


def _is_flat_type(kind: pa.DataType) -> bool:
    plain = kind.value_type if pa.types.is_dictionary(kind) else kind
    return not (pa.types.is_nested(plain) or pa.types.is_binary(plain) or pa.types.is_large_binary(plain)
                or pa.types.is_fixed_size_binary(plain))  # fmt: skip


def _checked_batches(file: pq.ParquetFile, limits: Limits) -> Iterator[pa.RecordBatch]:
    rows = size = 0
    for batch in file.iter_batches(batch_size=BATCH_ROWS, use_threads=False):
        rows, size = rows + batch.num_rows, size + batch.nbytes
        limits.check_shape(rows, batch.num_columns)
        limits.check_unpacked(size)
        yield batch


def _column(chunks: pa.ChunkedArray, name: str, options: ReadingOptions) -> Column:
    if pa.types.is_dictionary(chunks.type):
        chunks = chunks.cast(chunks.type.value_type)
    cells = chunks.combine_chunks()
    kind = cells.type
    if pa.types.is_temporal(kind):
        return _times(cells, name)
    if pa.types.is_boolean(kind):
        return Column(_to_float64(cells), (f"Column {quote(name)}: true and false were read as 1 and 0.",))
    if _is_text(kind):
        return column_of_text(cells.cast(pa.string()), name, lambda row: f"row {row + 1:,}", options)
    return _numbers(cells, name)


def _is_text(kind: pa.DataType) -> bool:
    return pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)


def _numbers(cells: pa.Array, name: str) -> Column:
    values = np.array(_to_float64(cells))
    endless = np.isinf(values)
    values[endless] = np.nan
    notes = []
    if endless.any():
        first = int(np.argmax(endless)) + 1
        notes.append(
            f"Column {quote(name)}: {plural(int(endless.sum()), 'infinite value')} read as gaps, "
            f"the first in row {first:,}."
        )
    if pa.types.is_integer(cells.type) and (np.abs(values) >= MAX_EXACT_INTEGER).any():
        notes.append(rounded_note(name))
    return Column(values, tuple(notes))


def _to_float64(cells: pa.Array) -> np.ndarray:
    if pa.types.is_boolean(cells.type):
        cells = cells.cast(pa.uint8())
    return cells.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)


def _times(cells: pa.Array, name: str) -> Column:
    """Dates and instants as datetime64[ns]; durations and times of day as seconds."""
    kind = cells.type
    if pa.types.is_duration(kind) or pa.types.is_time(kind):
        unit = {"s": 1, "ms": 1e3, "us": 1e6, "ns": 1e9}[kind.unit]
        whole = cells.cast(pa.int32() if pa.types.is_time32(kind) else pa.int64())
        return Column(_to_float64(whole) / unit, (f"Column {quote(name)}: times were read as seconds.",))
    zone = getattr(kind, "tz", None)
    notes = (f"Column {quote(name)}: times in {zone} were turned into UTC.",) if zone not in (None, "UTC") else ()
    seconds = cells.cast(pa.timestamp("s", zone), safe=False)
    first, last = (pa.scalar(np.datetime64(day, "s")).cast(seconds.type) for day in ("1678-01-01", "2262-01-01"))
    within = pc.and_(pc.greater_equal(seconds, first), pc.less(seconds, last))
    lost = len(cells) - cells.null_count - (pc.sum(within).as_py() or 0)
    if lost:
        cells = pc.if_else(within, cells, pa.scalar(None, kind))
        notes = (
            *notes,
            f"Column {quote(name)}: {plural(lost, 'date')} before 1678 or after 2261 became gaps.",
        )
    return Column(cells.cast(pa.timestamp("ns", zone)).to_numpy(zero_copy_only=False).astype("datetime64[ns]"), notes)
