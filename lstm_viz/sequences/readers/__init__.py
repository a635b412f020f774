"""Readers, one module a format: bytes -> Table. The app runs them in the sandbox's child process alone.

`make_table_reader` is what the child runs. `read` runs a reader in this process, without limits: for tests, and for
files of one's own. `formats`, which only recognises a file and lists the endings, is imported by the app itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib import import_module
from typing import Any

import numpy as np

from lstm_viz.sandbox.wire import Message
from lstm_viz.sequences.errors import SequenceError
from lstm_viz.sequences.limits import Limits
from lstm_viz.sequences.long_format import pivoted
from lstm_viz.sequences.readers.column_names import quote
from lstm_viz.sequences.readers.compressed import Unpacked, unpack
from lstm_viz.sequences.readers.formats import detect_format
from lstm_viz.sequences.readers.missing_codes import replace_missing_codes
from lstm_viz.sequences.readers.notes import merge_notes
from lstm_viz.sequences.readers.series_in_rows import turn_where_rows_are_series
from lstm_viz.sequences.reading_options import DEFAULTS, ReadingOptions, merge_questions
from lstm_viz.sequences.roles import with_roles
from lstm_viz.sequences.table import Table, encode_table

#: Format -> module that reads it, imported only when its format comes.
READER_MODULES = {
    "arrow": "arrow_file",
    "csv": "delimited",
    "edf": "edf",
    "hdf5": "hdf5",
    "json": "json_tables",
    "markup": "markup",
    "mat": "mat",
    "netcdf": "netcdf",
    "npy": "npy",
    "npz": "npz",
    "ods": "ods",
    "parquet": "parquet",
    "pasted": "pasted_text",
    "text": "plain_text",
    "wav": "wav",
    "xlsx": "xlsx",
}

#: Formats that hold several tables.
FORMATS_WITH_PARTS = ("hdf5", "mat", "netcdf", "npz", "ods", "xlsx")


def make_table_reader(
    data: bytes, limits: Limits, *, name: str, pasted: bool, part: str, options: Mapping[str, Any]
) -> Callable[[], Message]:
    """What the sandbox runs: reads a table as a message, and turns whatever a parser raises into a sentence."""

    def read_message() -> Message:
        try:
            return encode_table(read(data, name, limits, pasted, part, ReadingOptions(**options)))
        except (SequenceError, MemoryError, SystemError):
            raise
        except Exception as error:  # A parser may raise anything; a person gets one sentence.
            raise SequenceError(damaged_file_message(error)) from error

    return read_message


def damaged_file_message(error: Exception) -> str:
    """The sentence for whatever else a parser raised.

    >>> damaged_file_message(OSError("Couldn't deserialize thrift"))
    "The file is damaged or incomplete: Couldn't deserialize thrift. Save it again and retry."
    """
    first = (str(error) or type(error).__name__).splitlines()[0]
    plain = "".join(character for character in first if character.isprintable())[:150].rstrip(". ")
    return f"The file is damaged or incomplete: {plain}. Save it again and retry."


def read(
    data: bytes,
    name: str,
    limits: Limits,
    pasted: bool = False,
    part: str = "",
    options: ReadingOptions = DEFAULTS,
) -> Table:
    """The table in a file's bytes; of several the one called `part`, where that isn't "".

    Raises SequenceError, and whatever a parser raises on damage.
    """
    inside = Unpacked(data, name) if pasted else unpack(data, name, limits, part)
    recognised = detect_format(inside.data, inside.name, pasted)
    module = import_module(f"{__name__}.{READER_MODULES[recognised.format]}")
    part = "" if inside.parts else part
    if part and recognised.format not in FORMATS_WITH_PARTS:
        raise SequenceError(f"The file is one table, of which no part can be chosen; {quote(part)} was.")
    with_times = import_module(f"{__name__}.composed_times").with_times  # imports Arrow, as the app's process doesn't
    reader: Callable[..., Table] = module.read
    table = reader(inside.data, inside.name, limits, options, *([part] if part else []))
    if inside.parts:
        table = replace(table, parts=inside.parts, part=inside.part)
    check_has_values(table)
    table = turn_where_rows_are_series(replace_missing_codes(table, options), options, limits)
    table = with_roles(pivoted(with_times(table, options), options), options)
    return replace(
        table,
        source=name or f"{table.format} file",
        notes=merge_notes(table, (*inside.notes, *recognised.notes)),
        questions=merge_questions(table.questions),
    )


def check_has_values(table: Table) -> None:
    """Raise SequenceError for a table of gaps alone."""
    if all(_is_all_gaps(values) for values in table.columns.values()):
        raise SequenceError("Every cell of the file is a gap. Choose a file with at least one column of numbers.")


def _is_all_gaps(values: np.ndarray) -> bool:
    return all(word is None for word in values) if values.dtype.kind == "O" else bool((values != values).all())
