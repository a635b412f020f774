"""Arrays under names, as archives and files of other programs hold them, brought into one table."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from lstm_viz.sequences.errors import SequenceError
from lstm_viz.sequences.limits import Limits
from lstm_viz.sequences.readers.column_names import clean_names, list_names, match_name
from lstm_viz.sequences.readers.npy import table_of_array, to_column_values
from lstm_viz.sequences.reading_options import ReadingOptions
from lstm_viz.sequences.table import Table

#: What an array of the sequences' lengths is called, without blanks and signs.
LENGTH_NAMES = frozenset(
    {"length", "lengths", "len", "lens", "seqlen", "seqlens", "seqlength", "seqlengths", "sequencelengths", "steps"}
)


@dataclass(frozen=True)
class NamedArrays:
    """Arrays by names fit to be shown, why others were refused, and notes."""

    arrays: Mapping[str, np.ndarray]
    refusals: Mapping[str, str]
    notes: tuple[str, ...] = ()


def table_of_arrays(found: NamedArrays, limits: Limits, options: ReadingOptions, part: str, kind: str) -> Table:
    """The table of the array asked for or the largest, and those beside it that have as many rows.

    Lengths beside an array of sequences end them; arrays of one width and several lengths are a sequence each.
    """
    arrays, refusals = found.arrays, found.refusals
    if not part and (ragged := _ragged_sequences(arrays)):
        table = _table_of_ragged(ragged, limits)
        left = [label for label in arrays if label not in ragged]
        more = (f"Left out: {list_names(left)}.",) if left else ()
        return replace(table, format=kind, notes=(*found.notes, *table.notes, *more))
    heads = _group_heads(arrays)
    chosen = heads[_select_array(part, arrays, refusals)]
    together = {label: array for label, array in arrays.items() if heads[label] == chosen}
    lengths = _lengths_beside(arrays, arrays[chosen])
    notes = [f"{list_names([label])} was left out. {why}" for label, why in refusals.items()]
    notes += _choice_notes(arrays, [*together, *lengths])
    parts = tuple(dict.fromkeys(head for head in heads.values() if head not in lengths))
    table = _join_columns(together, limits, options, next(iter(lengths.values()), None), alone=len(arrays) == 1)
    return replace(table, format=kind, notes=(*found.notes, *notes, *table.notes), parts=parts, part=chosen)


def _lengths_beside(arrays: Mapping[str, np.ndarray], chosen: np.ndarray) -> dict[str, np.ndarray]:
    """The array that says how long each sequence of another is, by its name and its values; {} where there is none."""
    if chosen.ndim != 3 or chosen.dtype.names:
        return {}
    for label, array in arrays.items():
        word = re.sub("[^a-z]", "", label.lower())
        fits = array.shape == chosen.shape[:1] and array.dtype.kind in "iuf" and word in LENGTH_NAMES
        if fits and (array == np.round(array)).all() and array.min() >= 1 and array.max() <= chosen.shape[1]:
            return {label: array.astype(int)}
    return {}


def _ragged_sequences(arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Arrays of numbers of one width but several lengths, which are sequences; {} where they aren't the most of all."""
    groups: dict[object, dict[str, np.ndarray]] = {}
    for label, array in arrays.items():
        if array.ndim in (1, 2) and array.dtype.kind in "biuf":
            groups.setdefault((array.shape[1:], re.sub("[0-9]", "", label)), {})[label] = array
    most = max(groups.values(), key=len, default={})
    several = len(most) >= 2 and len({len(array) for array in most.values()}) > 1
    numbered = all(re.search("[0-9]", label) for label in most)
    return most if several and numbered and len(most) * 2 > len(arrays) else {}


def _table_of_ragged(arrays: Mapping[str, np.ndarray], limits: Limits) -> Table:
    lengths = [len(array) for array in arrays.values()]
    values = np.concatenate([array.reshape(len(array), -1) for array in arrays.values()])
    limits.check_shape(len(values), values.shape[1] + 2)
    flat, notes = to_column_values(values, "arrays")
    columns: dict[str, np.ndarray] = {
        "sequence": np.repeat(np.array(list(arrays), dtype=object), lengths),
        "step": np.concatenate([np.arange(1.0, length + 1) for length in lengths]),
    }
    columns |= {f"feature_{place}": column for place, column in enumerate(flat.T, start=1)}
    said = f"{len(arrays):,} arrays of one width and {len(set(lengths)):,} lengths were read as a sequence each."
    return Table(columns, "", "npz", (said, *notes), {"sequence": "sequence", "time": "step"})


def _select_array(part: str, arrays: Mapping[str, np.ndarray], refusals: Mapping[str, str]) -> str:
    if not part:
        return max(arrays, key=lambda label: arrays[label].size)
    label = match_name(part, [*arrays, *refusals], "array")
    if label in refusals:
        raise SequenceError(refusals[label])
    return label


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
    arrays: Mapping[str, np.ndarray], limits: Limits, options: ReadingOptions, lengths: np.ndarray | None, alone: bool
) -> Table:
    """Arrays side by side, each under its own name."""
    tables = [
        table_of_array(array, limits, "" if alone or array.ndim == 3 else label, options, lengths)
        for label, array in arrays.items()
    ]
    names = [name for table in tables for name in table.columns]
    values = [column for table in tables for column in table.columns.values()]
    limits.check_shape(len(values[0]), len(values))
    clean, name_notes = clean_names(names)
    notes = (*(note for table in tables for note in table.notes), *name_notes)
    columns = dict(zip(clean, values, strict=True))
    return replace(tables[-1], columns=columns, notes=notes)
