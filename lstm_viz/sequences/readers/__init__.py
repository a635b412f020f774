"""Parsers, one file a format: bytes -> Table. They run in the reading process (see `child`) alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib import import_module

from lstm_viz.sequences.errors import SequenceError
from lstm_viz.sequences.limits import Limits
from lstm_viz.sequences.readers.formats import recognise
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

#: Notes past this many are counted, not listed.
MOST_NOTES = 20


def read(data: bytes, name: str, limits: Limits, pasted: bool = False) -> Table:
    """The table in a file's bytes. Raises SequenceError, and whatever a parser raises on damage."""
    recognised = recognise(data, name, pasted)
    module = import_module(f"{__name__}.{HOMES[recognised.format]}")
    reader: Callable[[bytes, str, Limits], Table] = module.read
    table = reader(data, name, limits)
    refuse_without_values(table)
    notes = listed((*recognised.notes, *table.notes))
    return replace(table, source=name or f"{table.format} file", notes=notes)


def refuse_without_values(table: Table) -> None:
    """Raise SequenceError for a table of gaps alone."""
    if all(_only_gaps(values) for values in table.columns.values()):
        raise SequenceError("Every cell of the file is a gap. Choose a file with at least one column of numbers.")


def listed(notes: tuple[str, ...]) -> tuple[str, ...]:
    """The first notes, and how many more there are.

    >>> listed(tuple("abc"))
    ('a', 'b', 'c')
    >>> listed(("Renamed.",) * 25)[-1]
    'There are 5 more remarks of this kind.'
    """
    more = len(notes) - MOST_NOTES
    return (*notes[:MOST_NOTES], f"There are {more:,} more remarks of this kind.") if more > 0 else notes


def _only_gaps(values: object) -> bool:
    return bool((values != values).all()) if values.dtype.kind in "fM" else all(v is None for v in values)  # type: ignore[attr-defined]
