"""A part of a trace as a file that other programs read: CSV, Parquet or NPZ."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedIOBase
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from lstm_viz.exports.parts import Part, Selection, select
from lstm_viz.exports.tables import BLOCK, blocks, schema
from lstm_viz.files.whole import written_whole
from lstm_viz.traces import Trace

Kind = Literal["csv", "parquet", "npz"]
KINDS: tuple[Kind, ...] = ("csv", "parquet", "npz")

#: Characters of a number in CSV, with its comma, by its bytes: the shortest digits that read back the same.
_TEXT_BYTES = {4: 12, 8: 20}


def export(
    trace: Trace,
    file: str | os.PathLike[str] | BufferedIOBase,
    part: Part | None = None,
    *,
    long: bool = False,
    kind: Kind | None = None,
) -> None:
    """Write a part of a trace, in the format that the file's name ends in: .csv, .parquet or .npz.

    part: which records, layers, steps, sequences and units; everything that the gates made by default.
    long: one row a number instead of a column a unit (CSV and Parquet).
    kind: "csv", "parquet" or "npz"; needed where `file` is an open file.

    Numbers read back bit for bit. CSV has the shortest digits that do, where the reader is told the format of
    the numbers (pandas: `dtype`). Its rows, and Parquet's, are written as they are made, so that memory stays
    small. An NPZ file holds an array (steps, sequences, units) a record, NaN past a sequence's end, with its
    steps, sequences, units and lengths. `Trace.notes` go with it as the array "notes", and into Parquet's metadata; CSV
    has no place for them.

    Raises ValueError for another ending, or where something of the part is not in the trace.

    >>> import io, lstm_viz, torch
    >>> trace = lstm_viz.trace(torch.nn.LSTM(2, 3), torch.ones(4, 1, 2))
    >>> export(trace, file := io.BytesIO(), Part(records="event", features=["rain", "snow"]), kind="csv")
    >>> file.getvalue().decode().splitlines()[:2]
    ['"sequence","step","event[rain]","event[snow]"', '0,0,1,1']
    """
    kind = _kind_from_suffix(file) if kind is None else kind
    if kind not in KINDS:
        raise ValueError(f"A part of a trace is written as {', '.join(KINDS)}, not as {kind!r}.")
    if long and kind == "npz":
        raise ValueError("An NPZ file holds arrays, so it has no long form. Leave `long` out, or write CSV or Parquet.")
    selection = select(trace, part or Part())
    with _open_output(file) as sink:
        if kind == "npz":
            np.savez(sink, allow_pickle=False, **_npz_arrays(selection))
        else:
            (_write_csv if kind == "csv" else _write_parquet)(selection, sink, long)


def estimated_size(trace: Trace, part: Part | None, kind: Kind, long: bool = False) -> int:
    """An estimate of the bytes that `export` would write, made without writing any.

    >>> import lstm_viz, torch
    >>> trace = lstm_viz.trace(torch.nn.LSTM(2, 8), torch.ones(1000, 1, 2))
    >>> estimated_size(trace, Part(records="forget_gate"), "npz") >= 1000 * 8 * 4
    True
    """
    selection = select(trace, part or Part())
    rows, one = selection.rows, max(record.values.itemsize for record in selection.records)
    if kind == "csv":
        names = selection.names
        keys = 12 + (0 if names is None else len(names.sequences[0]) + len(str(names.steps[0, 0])) + 6)
        each = selection.width * (_TEXT_BYTES[one] + keys + 22) if long else selection.width * _TEXT_BYTES[one] + keys
        return rows * each
    if kind == "parquet":
        return rows * selection.width * (one + 2 if long else one) + 300 * selection.width
    return len(selection.steps) * len(selection.sequences) * selection.width * one + 500 * len(selection.records)


def _kind_from_suffix(file: Any) -> Kind:
    if not isinstance(file, (str, os.PathLike)):
        raise ValueError(f"An open file has no ending to go by; say kind={' or kind='.join(map(repr, KINDS))}.")
    ending = Path(file).suffix.lower().removeprefix(".")
    for kind in KINDS:
        if ending == kind:
            return kind
    raise ValueError(
        f"The name of a file says its format, .csv, .parquet or .npz; {os.fspath(file)!r} came. "
        "The whole trace is kept in netCDF4 by trace.save(...)."
    )


@contextmanager
def _open_output(file: str | os.PathLike[str] | BufferedIOBase) -> Iterator[Any]:
    """An open file as it is; one of a name is written whole or not at all."""
    if isinstance(file, (str, os.PathLike)):
        with written_whole(file) as place, place.open("wb") as sink:
            yield sink
    else:
        yield file


def _write_csv(selection: Selection, sink: Any, long: bool) -> None:
    table_schema = schema(selection, long)
    plain = pa.schema([(field.name, _without_dictionary(field.type)) for field in table_schema])
    with pa.csv.CSVWriter(sink, plain) as writer:
        for block in blocks(selection, long, BLOCK // 4 if long else BLOCK):
            columns = [_escape_formulas(block.column(place).cast(kind)) for place, kind in enumerate(plain.types)]
            writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=plain))


def _without_dictionary(kind: pa.DataType) -> pa.DataType:
    return pa.string() if pa.types.is_dictionary(kind) else kind


def _escape_formulas(column: pa.Array) -> pa.Array:
    """Guard against CSV injection: a quotation mark before a text that a spreadsheet would take for a formula."""
    if not pa.types.is_string(column.type):
        return column
    return pc.replace_substring_regex(column, r"^([=+\-@\t\r])", r"'\1")


def _write_parquet(selection: Selection, sink: Any, long: bool) -> None:
    table_schema = schema(selection, long)
    words = [field.name for field in table_schema if not pa.types.is_floating(field.type)]
    with pa.parquet.ParquetWriter(sink, table_schema, compression="zstd", use_dictionary=words) as writer:
        for block in blocks(selection, long, 4 * BLOCK):
            writer.write_batch(block)


def _npz_arrays(selection: Selection) -> dict[str, np.ndarray]:
    """The arrays of an NPZ file: each record, (steps, sequences, units), and the indices along its axes."""
    found = {}
    for record in selection.records:
        name = record.label(selection.several_layers)
        found[name] = record.values[np.ix_(selection.steps, selection.sequences, record.columns)]
        found[f"{name}.{'features' if record.features else 'units'}"] = np.array(record.features or record.columns)
    lengths = selection.lengths[selection.sequences]
    notes = {"notes": np.array(selection.notes)} if selection.notes else {}
    return {**found, "steps": selection.steps, "sequences": selection.sequences, "lengths": lengths, **notes}
