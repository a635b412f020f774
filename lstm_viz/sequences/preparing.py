"""From a table and a person's choices to a batch of sequences."""

from __future__ import annotations

import numpy as np

from lstm_viz.sequences.batches import SequenceBatch
from lstm_viz.sequences.choices import Choices
from lstm_viz.sequences.errors import SequenceError
from lstm_viz.sequences.features import Features, features_of
from lstm_viz.sequences.filling import filled
from lstm_viz.sequences.labels import step_labels
from lstm_viz.sequences.tables import Table

#: Numbers a batch may have: float32, so 400 MB.
MOST_VALUES = 100_000_000


def prepare(table: Table, choices: Choices) -> SequenceBatch:
    """The batch that a table becomes; its notes say in plain sentences what was understood and done.

    Rows are sorted by the time column within each sequence, gaps filled as chosen, features
    standardised over all values there are. Raises SequenceError where no sequence comes of it.

    >>> table = Table({"flow": np.array([1.0, np.nan, 3.0])}, "river.csv", "CSV")
    >>> batch = prepare(table, Choices(features=("flow",)))
    >>> batch.original.ravel().round(6).tolist(), batch.notes[0]
    ([1.0, 2.0, 3.0], '3 rows, 1 feature, 1 sequence.')
    """
    features = features_of(table, choices)
    groups, names, notes = _sequences(table, choices)
    notes += features.notes
    values, gaps = _without_gaps(features, groups, choices, notes)
    if choices.gaps == "drop":
        groups = [rows[~np.isnan(features.values[rows]).any(axis=1)] for rows in groups]
    if choices.rows > 1:
        groups, names = _in_rows(groups, names, choices.rows, notes)
    groups, names = _not_empty(groups, names, notes)
    offset, scale = _standard(features, values, np.concatenate(groups), choices)
    for place in np.flatnonzero(np.ptp(values[np.concatenate(groups)], axis=0) == 0):
        notes.append(f"`{features.names[place]}` has the same value everywhere.")
    count = (
        f"{table.rows:,} {_plural('row', table.rows)}, {len(features.names)} {_plural('feature', len(features.names))}"
    )
    summary = f"{count}, {len(groups)} {_plural('sequence', len(groups))}."
    return SequenceBatch(
        values=_padded((values - offset) / scale, groups).astype(np.float32),
        names=features.names,
        lengths=np.array([len(rows) for rows in groups]),
        sequence_names=tuple(names),
        offset=offset,
        scale=scale,
        step_labels=step_labels(table, choices, groups),
        source=table.source,
        notes=(summary, *table.notes, *notes),
        filled=_padded(gaps, groups).astype(bool) if gaps.any() else None,
    )


def _plural(word: str, count: int) -> str:
    return word if count == 1 else f"{word}s"


def _sequences(table: Table, choices: Choices) -> tuple[list[np.ndarray], list[str], list[str]]:
    """Each sequence's rows in the order of time, its name, and what was done."""
    names = ["sequence 1"]
    groups = [np.arange(table.rows)]
    if choices.sequence is not None:
        column = table.columns[choices.sequence]
        keys = np.array(["" if key is None else str(key) for key in column.tolist()])
        kinds, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
        order = np.argsort(first)
        groups = [np.flatnonzero(inverse == kind) for kind in order]
        names = [_name(choices.sequence, str(kinds[kind]), column) for kind in order]
    if choices.time is None:
        return groups, names, []
    notes: list[str] = []
    time = table.columns[choices.time]
    ordered = [rows[np.argsort(time[rows], kind="stable")] for rows in groups]
    if any((a != b).any() for a, b in zip(ordered, groups, strict=True)):
        notes.append(f"Rows were sorted by `{choices.time}`.")
    notes += _unevenness(time, ordered, choices.time)
    return ordered, names, notes


def _name(column: str, key: str, values: np.ndarray) -> str:
    number = values.dtype.kind == "f"
    return f"{column} {float(key):g}" if number and key else key or f"no {column}"


def _unevenness(time: np.ndarray, groups: list[np.ndarray], name: str) -> list[str]:
    """Sentences about missing, repeated and uneven times."""
    if time.dtype == object:
        return []
    notes = []
    missing = int(np.isnat(time).sum() if time.dtype.kind == "M" else np.isnan(time).sum())
    if missing:
        notes.append(f"{missing:,} {_plural('row', missing)} without a `{name}` stand last.")
    steps = np.concatenate([np.diff(time[rows]) for rows in groups if len(rows) > 1] or [np.array([])])
    steps = steps[~(np.isnat(steps) if steps.dtype.kind == "m" else np.isnan(steps))]
    if steps.size and (steps == steps.dtype.type(0)).any():
        notes.append(f"{int((steps == steps.dtype.type(0)).sum()):,} times in `{name}` come twice; both rows are kept.")
    if steps.size and not (steps == np.median(steps.astype("i8")).astype(steps.dtype)).all():
        notes.append(f"Steps in `{name}` are not all of one length; the model sees them as if they were.")
    return notes


def _without_gaps(
    features: Features, groups: list[np.ndarray], choices: Choices, notes: list[str]
) -> tuple[np.ndarray, np.ndarray]:
    """Values with their gaps filled, and where gaps were, both (rows, features)."""
    values, gaps = features.values.copy(), np.isnan(features.values)
    for place in np.flatnonzero(gaps.any(axis=0)):
        mean = float(np.nanmean(values[:, place]))
        for rows in groups:
            values[rows, place] = filled(values[rows, place], choices.gaps, mean)
        count = int(gaps[:, place].sum())
        done = "their rows were left out" if choices.gaps == "drop" else f"filled: {choices.gaps}"
        notes.append(f"{count:,} {_plural('gap', count)} in `{features.names[place]}` ({done}).")
    return values, gaps


def _in_rows(
    groups: list[np.ndarray], names: list[str], rows: int, notes: list[str]
) -> tuple[list[np.ndarray], list[str]]:
    """One long sequence as N rows of equal length, row n + 1 going on where row n ends."""
    if len(groups) > 1:
        notes.append("The table holds several sequences already, so they were not cut into rows.")
        return groups, names
    length = len(groups[0]) // rows
    if length == 0:
        raise SequenceError(f"{len(groups[0])} steps can't be cut into {rows} rows. Choose fewer rows.")
    dropped = len(groups[0]) - rows * length
    notes.append(f"Cut into {rows} rows of {length:,} steps; {dropped} {_plural('step', dropped)} at the end left out.")
    return [groups[0][row * length : (row + 1) * length] for row in range(rows)], [f"row {n + 1}" for n in range(rows)]


def _not_empty(groups: list[np.ndarray], names: list[str], notes: list[str]) -> tuple[list[np.ndarray], list[str]]:
    kept = [place for place, rows in enumerate(groups) if len(rows)]
    if not kept:
        raise SequenceError("No row is left once rows with gaps are left out. Choose another way to fill gaps.")
    if len(kept) < len(groups):
        notes.append(f"{len(groups) - len(kept)} sequences without a single whole row were left out.")
    groups, names = [groups[place] for place in kept], [names[place] for place in kept]
    return groups, names


def _standard(
    features: Features, values: np.ndarray, rows: np.ndarray, choices: Choices
) -> tuple[np.ndarray, np.ndarray]:
    """What is taken off and divided by: mean and standard deviation, nothing for kinds and constants."""
    if not choices.standardise:
        return np.zeros(len(features.names)), np.ones(len(features.names))
    mean, spread = values[rows].mean(axis=0), values[rows].std(axis=0)
    scale = np.where(spread > 1e-12 * np.maximum(1.0, np.abs(mean)), spread, 1.0)
    return np.where(features.kinds, 0.0, mean), np.where(features.kinds, 1.0, scale)


def _padded(values: np.ndarray, groups: list[np.ndarray]) -> np.ndarray:
    """(time, batch, features) from rows, 0 past each sequence's end."""
    longest = max(len(rows) for rows in groups)
    if longest * len(groups) * values.shape[1] > MOST_VALUES:
        raise SequenceError(
            f"{len(groups):,} sequences of up to {longest:,} steps and {values.shape[1]:,} features are more than the "
            f"{MOST_VALUES:,} numbers that fit. Choose fewer columns, or cut the file."
        )
    batch = np.zeros((longest, len(groups), values.shape[1]), dtype=values.dtype)
    for place, rows in enumerate(groups):
        batch[: len(rows), place] = values[rows]
    return batch
