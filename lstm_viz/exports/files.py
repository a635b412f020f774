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

from lstm_viz.exports.parts import Chosen, Part, choose
from lstm_viz.exports.tables import BLOCK, blocks, schema
from lstm_viz.traces import Trace

Kind = Literal["csv", "parquet", "npz"]
KINDS: tuple[Kind, ...] = ("csv", "parquet", "npz")

#: What a number takes in text, with its comma, as shortest digits that read back the same.
_TEXT = {4: 12, 8: 20}


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
    steps, sequences, units and lengths.

    Raises ValueError for another ending, or where something of the part is not in the trace.

    >>> import io, lstm_viz, torch
    >>> trace = lstm_viz.trace(torch.nn.LSTM(2, 3), torch.ones(4, 1, 2))
    >>> export(trace, file := io.BytesIO(), Part(records="event", features=["rain", "snow"]), kind="csv")
    >>> file.getvalue().decode().splitlines()[:2]
    ['"sequence","step","event[rain]","event[snow]"', '0,0,1,1']
    """
    kind = _kind(file) if kind is None else kind
    if kind not in KINDS:
        raise ValueError(f"A part of a trace is written as {', '.join(KINDS)}, not as {kind!r}.")
    if long and kind == "npz":
        raise ValueError("An NPZ file holds arrays, so it has no long form. Leave `long` out, or write CSV or Parquet.")
    chosen = choose(trace, part or Part())
    with _opened(file) as sink:
        if kind == "npz":
            np.savez(sink, allow_pickle=False, **_arrays(chosen))
        else:
            (_write_csv if kind == "csv" else _write_parquet)(chosen, sink, long)


def size(trace: Trace, part: Part | None, kind: Kind, long: bool = False) -> int:
    """About how many bytes `export` would write; known without making any.

    >>> import lstm_viz, torch
    >>> trace = lstm_viz.trace(torch.nn.LSTM(2, 8), torch.ones(1000, 1, 2))
    >>> size(trace, Part(records="forget_gate"), "npz") >= 1000 * 8 * 4
    True
    """
    chosen = choose(trace, part or Part())
    rows, one = chosen.rows, max(strand.values.itemsize for strand in chosen.strands)
    if kind == "csv":
        names = chosen.names
        keys = 12 + (0 if names is None else len(names.sequences[0]) + len(str(names.steps[0, 0])) + 6)
        each = chosen.width * (_TEXT[one] + keys + 22) if long else chosen.width * _TEXT[one] + keys
        return rows * each
    if kind == "parquet":
        return rows * chosen.width * (one + 2 if long else one) + 300 * chosen.width
    return len(chosen.steps) * len(chosen.sequences) * chosen.width * one + 500 * len(chosen.strands)


def _kind(file: Any) -> Kind:
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
def _opened(file: str | os.PathLike[str] | BufferedIOBase) -> Iterator[Any]:
    """The file to write into; one that couldn't be finished is not left behind."""
    if not isinstance(file, (str, os.PathLike)):
        yield file
        return
    path = Path(file)
    with path.open("wb") as sink:
        try:
            yield sink
        except BaseException:
            path.unlink()
            raise


def _write_csv(chosen: Chosen, sink: Any, long: bool) -> None:
    names = schema(chosen, long)
    plain = pa.schema([(field.name, _plain(field.type)) for field in names])
    with pa.csv.CSVWriter(sink, plain) as writer:
        for block in blocks(chosen, long, BLOCK // 4 if long else BLOCK):
            columns = [_harmless(block.column(place).cast(kind)) for place, kind in enumerate(plain.types)]
            writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=plain))


def _plain(kind: pa.DataType) -> pa.DataType:
    return pa.string() if pa.types.is_dictionary(kind) else kind


def _harmless(column: pa.Array) -> pa.Array:
    """A stranger's text that a spreadsheet would take for a formula gets a quotation mark before it."""
    if not pa.types.is_string(column.type):
        return column
    return pc.replace_substring_regex(column, r"^([=+\-@\t\r])", r"'\1")


def _write_parquet(chosen: Chosen, sink: Any, long: bool) -> None:
    names = schema(chosen, long)
    words = [field.name for field in names if not pa.types.is_floating(field.type)]
    with pa.parquet.ParquetWriter(sink, names, compression="zstd", use_dictionary=words) as writer:
        for block in blocks(chosen, long, 4 * BLOCK):
            writer.write_batch(block)


def _arrays(chosen: Chosen) -> dict[str, np.ndarray]:
    """A record each, (steps, sequences, units), and what its axes are."""
    found = {}
    for strand in chosen.strands:
        name = strand.name(chosen.several_layers)
        found[name] = strand.values[np.ix_(chosen.steps, chosen.sequences, strand.columns)]
        found[f"{name}.{'features' if strand.features else 'units'}"] = np.array(strand.features or strand.columns)
    ends = {"steps": chosen.steps, "sequences": chosen.sequences, "lengths": chosen.lengths[chosen.sequences]}
    return {**found, **ends}
