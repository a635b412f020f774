"""A part of a trace as a pyarrow table, wide or long, made block by block."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from lstm_viz.exports.parts import Part, SelectedRecord, Selection, select
from lstm_viz.traces import Array, Trace

#: Values in one block of rows.
BLOCK = 2**22


def table(trace: Trace, part: Part | None = None, long: bool = False) -> pa.Table:
    """A part of a trace, one row a step of a sequence, `forget_gate[5]` being unit 5's column.

    long: one row a number instead, with the columns layer, record, unit (or feature) and value.

    Steps past a sequence's end are left out. Sequences, steps and units are counted from 0. Numbers keep their
    format and every bit. Raises ValueError where something of the part is not in the trace.

    >>> import lstm_viz, torch
    >>> trace = lstm_viz.trace(torch.nn.LSTM(2, 3), torch.ones(4, 1, 2))
    >>> table(trace, Part(records=["event", "forget_gate"], units=[2], features=["rain", "snow"])).column_names
    ['sequence', 'step', 'event[rain]', 'event[snow]', 'forget_gate[2]']
    """
    selection = select(trace, part or Part())
    return pa.Table.from_batches(blocks(selection, long), schema(selection, long))


def schema(selection: Selection, long: bool) -> pa.Schema:
    """Names and types of a table's columns."""
    kinds = {str(record.values.dtype) for record in selection.records}
    number = pa.float64() if "float64" in kinds else pa.float32()
    if long:
        word = pa.dictionary(pa.int32(), pa.string())
        measures = [("layer", word), ("record", word), ("unit", pa.int32()), ("feature", word), ("value", number)]
    else:
        measures = [(name, number) for record in selection.records for name in _column_names(record, selection)]
    metadata = {"notes": "\n".join(selection.notes)} if selection.notes else None
    return pa.schema([*_key_fields(selection), *measures], metadata)


def blocks(selection: Selection, long: bool, values: int = BLOCK) -> Iterator[pa.RecordBatch]:
    """The table's rows, sequence after sequence, about so many values at a time."""
    table_schema, make_columns = schema(selection, long), _long_columns if long else _wide_columns
    size = max(1, values // selection.width)
    for sequence in selection.sequences.tolist():
        steps = selection.steps_of(sequence)
        for first in range(0, len(steps), size):
            columns = make_columns(selection, sequence, steps[first : first + size], table_schema)
            yield pa.RecordBatch.from_arrays(columns, schema=table_schema)


def _column_names(record: SelectedRecord, selection: Selection) -> list[str]:
    labels = record.features or tuple(map(str, record.columns.tolist()))
    return [f"{record.label(selection.several_layers)}[{label}]" for label in labels]


def _key_fields(selection: Selection) -> list[tuple[str, pa.DataType]]:
    """The key columns of a row: its sequence and step, with their names where they are known."""
    fields = [("sequence", pa.int32()), ("step", pa.int32())]
    if selection.names is None:
        return fields
    return [fields[0], ("sequence_name", pa.string()), fields[1], ("step_label", pa.string())]


def _key_columns(selection: Selection, sequence: int, steps: Array, repeats: int) -> list[pa.Array]:
    names, rows = selection.names, len(steps) * repeats
    found: dict[str, pa.Array] = {
        "sequence": pa.array(np.full(rows, sequence, np.int32)),
        "step": pa.array(np.repeat(steps, repeats).astype(np.int32)),
    }
    if names is not None:
        found["sequence_name"] = pa.array([names.sequences[sequence]] * rows, pa.string())
        found["step_label"] = pa.array(np.repeat(names.steps[steps, sequence], repeats).tolist(), pa.string())
    return [found[name] for name, _ in _key_fields(selection)]


def _wide_columns(selection: Selection, sequence: int, steps: Array, table_schema: pa.Schema) -> list[pa.Array]:
    columns = [row for record in selection.records for row in np.ascontiguousarray(_values(record, sequence, steps).T)]
    keys = _key_columns(selection, sequence, steps, 1)
    kinds = table_schema.types[len(keys) :]
    return [*keys, *(pa.array(row, kind) for row, kind in zip(columns, kinds, strict=True))]


def _long_columns(selection: Selection, sequence: int, steps: Array, table_schema: pa.Schema) -> list[pa.Array]:
    values = np.concatenate([_values(record, sequence, steps) for record in selection.records], axis=1)
    kind = table_schema.field("value").type
    layer, name, unit, feature = (np.tile(column, len(steps)) for column in _column_indices(selection))
    return [
        *_key_columns(selection, sequence, steps, selection.width),
        _dictionary_array(layer, [record.layer for record in selection.records]),
        _dictionary_array(name, [record.name for record in selection.records]),
        pa.array(unit, mask=unit < 0),
        _dictionary_array(feature, [label for record in selection.records for label in record.features]),
        pa.array(values.ravel(), kind),
    ]


def _column_indices(selection: Selection) -> tuple[Array, Array, Array, Array]:
    """For each column: its record's index, for the layer and for the name, its unit, and its feature; -1 for none."""
    records = selection.records
    widths = [len(record.columns) for record in records]
    own = np.repeat(np.arange(len(records), dtype=np.int32), widths)
    layers = np.where([bool(record.layer) for record in records], np.arange(len(records)), -1).astype(np.int32)
    units = [np.full(len(s.columns), -1) if s.features else s.columns for s in records]
    named = np.concatenate([np.full(len(s.columns), bool(s.features)) for s in records])
    features = np.where(named, np.cumsum(named) - 1, -1).astype(np.int32)
    return layers[own], own, np.concatenate(units).astype(np.int32), features


def _dictionary_array(numbers: Array, words: list[str]) -> pa.Array:
    """A dictionary-encoded column of words by index, null where an index is negative."""
    once = list(dict.fromkeys(words))
    places = np.array([*map(once.index, words), -1], np.int32)[numbers]
    return pa.DictionaryArray.from_arrays(pa.array(places, mask=numbers < 0), pa.array(once, pa.string()))


def _values(record: SelectedRecord, sequence: int, steps: Array) -> Array:
    """(steps, columns) of one sequence."""
    found: Array = record.values[steps, sequence][:, record.columns]
    return found
