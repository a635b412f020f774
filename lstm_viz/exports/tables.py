"""A part of a trace as a table, wide or long, made block by block."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from lstm_viz.exports.parts import Chosen, Part, Strand, choose
from lstm_viz.traces import Array, Trace

#: Numbers in one block of rows.
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
    chosen = choose(trace, part or Part())
    return pa.Table.from_batches(blocks(chosen, long), schema(chosen, long))


def schema(chosen: Chosen, long: bool) -> pa.Schema:
    """Names and kinds of a table's columns."""
    kinds = {str(strand.values.dtype) for strand in chosen.strands}
    number = pa.float64() if "float64" in kinds else pa.float32()
    if long:
        word = pa.dictionary(pa.int32(), pa.string())
        measures = [("layer", word), ("record", word), ("unit", pa.int32()), ("feature", word), ("value", number)]
    else:
        measures = [(name, number) for strand in chosen.strands for name in _names(strand, chosen)]
    return pa.schema([*_key_fields(chosen), *measures])


def blocks(chosen: Chosen, long: bool, numbers: int = BLOCK) -> Iterator[pa.RecordBatch]:
    """The table's rows, sequence after sequence, about so many numbers at a time."""
    names = schema(chosen, long)
    size = max(1, numbers // chosen.width)
    for sequence in chosen.sequences.tolist():
        steps = chosen.steps_of(sequence)
        for first in range(0, len(steps), size):
            make = _long if long else _wide
            yield pa.RecordBatch.from_arrays(make(chosen, sequence, steps[first : first + size], names), schema=names)


def _names(strand: Strand, chosen: Chosen) -> list[str]:
    labels = strand.features or tuple(map(str, strand.columns.tolist()))
    return [f"{strand.name(chosen.several_layers)}[{label}]" for label in labels]


def _key_fields(chosen: Chosen) -> list[tuple[str, pa.DataType]]:
    """What says which step of which sequence a row is."""
    fields = [("sequence", pa.int32()), ("step", pa.int32())]
    if chosen.names is None:
        return fields
    return [fields[0], ("sequence_name", pa.string()), fields[1], ("step_label", pa.string())]


def _keys(chosen: Chosen, sequence: int, steps: Array, repeats: int) -> list[pa.Array]:
    names, rows = chosen.names, len(steps) * repeats
    found: dict[str, pa.Array] = {
        "sequence": pa.array(np.full(rows, sequence, np.int32)),
        "step": pa.array(np.repeat(steps, repeats).astype(np.int32)),
    }
    if names is not None:
        found["sequence_name"] = pa.array([names.sequences[sequence]] * rows, pa.string())
        found["step_label"] = pa.array(np.repeat(names.steps[steps, sequence], repeats).tolist(), pa.string())
    return [found[name] for name, _ in _key_fields(chosen)]


def _wide(chosen: Chosen, sequence: int, steps: Array, names: pa.Schema) -> list[pa.Array]:
    columns = [row for strand in chosen.strands for row in np.ascontiguousarray(_values(strand, sequence, steps).T)]
    keys = _keys(chosen, sequence, steps, 1)
    kinds = names.types[len(keys) :]
    return [*keys, *(pa.array(row, kind) for row, kind in zip(columns, kinds, strict=True))]


def _long(chosen: Chosen, sequence: int, steps: Array, names: pa.Schema) -> list[pa.Array]:
    values = np.concatenate([_values(strand, sequence, steps) for strand in chosen.strands], axis=1)
    kind = names.field("value").type
    described = [np.tile(column, len(steps)) for column in _described(chosen)]
    layer, record, unit, feature = described
    return [
        *_keys(chosen, sequence, steps, chosen.width),
        _words(layer, [strand.layer for strand in chosen.strands]),
        _words(record, [strand.record for strand in chosen.strands]),
        pa.array(unit, mask=unit < 0),
        _words(feature, [name for strand in chosen.strands for name in strand.features]),
        pa.array(values.ravel(), kind),
    ]


def _described(chosen: Chosen) -> tuple[Array, Array, Array, Array]:
    """For one step, each number's strand (for its layer and its record), unit, and feature; -1 where it has none."""
    strands = chosen.strands
    widths = [len(strand.columns) for strand in strands]
    own = np.repeat(np.arange(len(strands), dtype=np.int32), widths)
    layers = np.where([bool(strand.layer) for strand in strands], np.arange(len(strands)), -1).astype(np.int32)
    units = [np.full(len(s.columns), -1) if s.features else s.columns for s in strands]
    named = np.concatenate([np.full(len(s.columns), bool(s.features)) for s in strands])
    features = np.where(named, np.cumsum(named) - 1, -1).astype(np.int32)
    return layers[own], own, np.concatenate(units).astype(np.int32), features


def _words(numbers: Array, words: list[str]) -> pa.Array:
    """Words by their numbers, none where a number is below 0; a dictionary holds each word once."""
    once = list(dict.fromkeys(words))
    places = np.array([*map(once.index, words), -1], np.int32)[numbers]
    return pa.DictionaryArray.from_arrays(pa.array(places, mask=numbers < 0), pa.array(once, pa.string()))


def _values(strand: Strand, sequence: int, steps: Array) -> Array:
    """(steps, columns) of one sequence."""
    found: Array = strand.values[steps, sequence][:, strand.columns]
    return found
