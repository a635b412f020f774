"""Parsers, one file a format: bytes -> Table. They run in the reading process (see `child`) alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib import import_module

import numpy as np

from lstm_viz.sequences.errors import SequenceError
from lstm_viz.sequences.limits import Limits
from lstm_viz.sequences.readers.formats import recognise
from lstm_viz.sequences.readers.names import quoted
from lstm_viz.sequences.readers.remarks import summary
from lstm_viz.sequences.tables import Table

#: Format -> module that reads it, imported only when its format comes.
HOMES = {
    "csv": "delimited",
    "json": "records",
    "npy": "arrays",
    "npz": "archives",
    "parquet": "parquet",
    "pasted": "pasted",
    "text": "characters",
    "xlsx": "workbooks",
}

#: Formats that hold several tables.
WITH_PARTS = ("npz", "xlsx")


def read(data: bytes, name: str, limits: Limits, pasted: bool = False, part: str = "") -> Table:
    """The table in a file's bytes; of several the one called `part`, where that isn't "".

    Raises SequenceError, and whatever a parser raises on damage.
    """
    recognised = recognise(data, name, pasted)
    module = import_module(f"{__name__}.{HOMES[recognised.format]}")
    if part and recognised.format not in WITH_PARTS:
        raise SequenceError(f"The file is one table, of which no part can be chosen; {quoted(part)} was.")
    reader: Callable[..., Table] = module.read
    table = reader(data, name, limits, *([part] if part else []))
    refuse_without_values(table)
    return replace(table, source=name or f"{table.format} file", notes=summary(table, recognised.notes))


def refuse_without_values(table: Table) -> None:
    """Raise SequenceError for a table of gaps alone."""
    if all(_only_gaps(values) for values in table.columns.values()):
        raise SequenceError("Every cell of the file is a gap. Choose a file with at least one column of numbers.")


def _only_gaps(values: np.ndarray) -> bool:
    return all(word is None for word in values) if values.dtype.kind == "O" else bool((values != values).all())
