"""NPZ: several NumPy arrays under names, brought into one table.

`readers.READER_MODULES` names it, `readers.read` imports it by that name.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from lstm_viz.sequences.errors import SequenceError
from lstm_viz.sequences.formatting import plural
from lstm_viz.sequences.limits import Limits
from lstm_viz.sequences.readers.column_names import clean_names, list_names, match_name
from lstm_viz.sequences.readers.npy import read_array, table_of_array
from lstm_viz.sequences.readers.zip_archives import open_zip, read_member
from lstm_viz.sequences.reading_options import DEFAULTS, ReadingOptions
from lstm_viz.sequences.table import Table


def read(data: bytes, name: str, limits: Limits, options: ReadingOptions = DEFAULTS, part: str = "") -> Table:
    """The table of an NPZ file: the array asked for or its largest, and those beside it that have as many rows."""
    arrays, refusals, notes = _read_arrays(data, limits)
    heads = _group_heads(arrays)
    chosen = heads[_select_array(part, arrays, refusals)]
    together = {label: array for label, array in arrays.items() if heads[label] == chosen}
    notes += [f"{list_names([label])} was left out. {why}" for label, why in refusals.items()]
    notes += _choice_notes(arrays, list(together))
    columns, roles, more = _join_columns(together, limits, alone=len(arrays) == 1)
    return Table(columns, "", "npz", (*notes, *more), roles, tuple(dict.fromkeys(heads.values())), chosen)


def _select_array(part: str, arrays: Mapping[str, np.ndarray], refusals: Mapping[str, str]) -> str:
    if not part:
        return max(arrays, key=lambda label: arrays[label].size)
    label = match_name(part, [*arrays, *refusals], "array")
    if label in refusals:
        raise SequenceError(refusals[label])
    return label


def _read_arrays(data: bytes, limits: Limits) -> tuple[dict[str, np.ndarray], dict[str, str], list[str]]:
    """(arrays, why others were refused, notes), by names fit to be shown."""
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
    return arrays, refusals, notes


def _group_heads(arrays: Mapping[str, np.ndarray]) -> dict[str, str]:
    """For each array the largest of those that go side by side with it, which all of them are called by."""
    groups: dict[object, list[str]] = {}
    for label, array in arrays.items():
        alone = array.ndim == 3 or array.dtype.names
        groups.setdefault(label if alone else len(array), []).append(label)
    heads = [max(group, key=lambda label: arrays[label].size) for group in groups.values()]
    return {label: head for group, head in zip(groups.values(), heads, strict=True) for label in group}


def _choice_notes(arrays: Mapping[str, np.ndarray], taken: list[str]) -> list[str]:
    if len(arrays) == 1:
        return []
    left_out = [label for label in arrays if label not in taken]
    notes = [f"Of {len(arrays):,} arrays, read: {list_names(taken)}."]
    if left_out:
        shapes = ", ".join(f"“{label}” ({' × '.join(map(str, arrays[label].shape))})" for label in left_out[:5])
        more = f" and {len(left_out) - 5:,} more" if len(left_out) > 5 else ""
        notes.append(f"Left out, since their lengths differ from it or it has 3 axes: {shapes}{more}.")
    return notes


def _join_columns(
    arrays: Mapping[str, np.ndarray], limits: Limits, alone: bool
) -> tuple[dict[str, np.ndarray], Mapping[str, str], list[str]]:
    """(columns, roles, notes) of arrays side by side, each under its own name."""
    names: list[str] = []
    values: list[np.ndarray] = []
    notes: list[str] = []
    roles: Mapping[str, str] = {}
    for label, array in arrays.items():
        table = table_of_array(array, limits, "" if alone or array.ndim == 3 else label)
        names += table.columns
        values += table.columns.values()
        notes += table.notes
        roles = table.roles
    limits.check_shape(len(values[0]), len(values))
    clean, name_notes = clean_names(names)
    return dict(zip(clean, values, strict=True)), roles, [*notes, *name_notes]
