"""NPZ: several NumPy arrays under names, brought into one table.

`readers.READER_MODULES` names it, `readers.read` imports it by that name.
"""

from __future__ import annotations

from lstm_viz.sequences.errors import SequenceError
from lstm_viz.sequences.formatting import plural
from lstm_viz.sequences.limits import Limits
from lstm_viz.sequences.readers.array_groups import NamedArrays, table_of_arrays
from lstm_viz.sequences.readers.column_names import clean_names, list_names
from lstm_viz.sequences.readers.npy import read_array
from lstm_viz.sequences.readers.zip_archives import open_zip, read_member
from lstm_viz.sequences.reading_options import DEFAULTS, ReadingOptions
from lstm_viz.sequences.table import Table


def read(data: bytes, name: str, limits: Limits, options: ReadingOptions = DEFAULTS, part: str = "") -> Table:
    """The table of an NPZ file: the array asked for or its largest, and those beside it that have as many rows."""
    return table_of_arrays(_read_arrays(data, limits), limits, options, part, "npz")


def _read_arrays(data: bytes, limits: Limits) -> NamedArrays:
    archive = open_zip(data, limits)
    members = [member for member in archive.namelist() if member.endswith(".npy")]
    if not members:
        raise SequenceError("The NPZ file holds no arrays. Save at least one with numpy.savez.")
    labels, notes = clean_names(member.removesuffix(".npy") for member in members)
    others = [member for member in archive.namelist() if not member.endswith(".npy")]
    if others:
        notes.append(f"{plural(len(others), 'member')} besides arrays left out: {list_names(others)}.")
    arrays, refusals = {}, {}
    for label, member in zip(labels, members, strict=True):
        try:
            arrays[label], more = read_array(read_member(archive, member, limits), limits)
        except SequenceError as error:
            refusals[label] = str(error)
        else:
            notes.extend(more)
    if not arrays:
        raise SequenceError(next(iter(refusals.values())))
    return NamedArrays(arrays, refusals, tuple(notes))
