"""From a table and a person's choices to a batch of sequences."""

from __future__ import annotations

import numpy as np

from lstm_viz.sequences.batches import SequenceBatch
from lstm_viz.sequences.choices import Choices
from lstm_viz.sequences.errors import SequenceError
from lstm_viz.sequences.features import Features, features_of, refuse_too_many
from lstm_viz.sequences.filling import filled
from lstm_viz.sequences.grouping import grouped, texts
from lstm_viz.sequences.labels import step_labels
from lstm_viz.sequences.tables import Table

#: Sorts after every word.
LAST = "\U0010ffff"
#: Numbers that take as much room as the name of a step.
NAME_ROOM = 10


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
    # A step's name takes the room of some numbers.
    refuse_too_many(max(len(rows) for rows in groups), len(groups), max(len(features.names), NAME_ROOM))
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
        filled=_padded(gaps, groups) if gaps[np.concatenate(groups)].any() else None,
    )


def _plural(word: str, count: int) -> str:
    return word if count == 1 else f"{word}s"


def _sequences(table: Table, choices: Choices) -> tuple[list[np.ndarray], list[str], list[str]]:
    """Each sequence's rows in the order of time, its name, and what was done."""
    names = ["sequence 1"]
    groups = [np.arange(table.rows)]
    if choices.sequence is not None:
        keys, groups = grouped(table.columns[choices.sequence])
        number = table.columns[choices.sequence].dtype.kind == "f"
        names = [_name(choices.sequence, key, number) for key in keys]
    if choices.time is None:
        return groups, names, []
    notes: list[str] = []
    time = table.columns[choices.time]
    ranks = texts(time, gap=LAST) if time.dtype == object else time
    ordered = [rows[np.argsort(ranks[rows], kind="stable")] for rows in groups]
    if any((a != b).any() for a, b in zip(ordered, groups, strict=True)):
        notes.append(f"Rows were sorted by `{choices.time}`.")
    notes += _unevenness(time, ordered, choices.time)
    return ordered, names, notes


def _name(column: str, key: str, number: bool) -> str:
    return f"{column} {key}" if number and key else key or f"no {column}"


def _unevenness(time: np.ndarray, groups: list[np.ndarray], name: str) -> list[str]:
    """Sentences about missing, repeated and uneven times."""
    if time.dtype == object:
        return []
    notes = []
    missing = int(np.isnat(time).sum() if time.dtype.kind == "M" else np.isnan(time).sum())
    if missing:
        verb = "stands" if missing == 1 else "stand"
        notes.append(f"{missing:,} {_plural('row', missing)} without a `{name}` {verb} last.")
    steps = _steps(time, groups)
    twice = int((steps == 0).sum())
    if twice:
        notes.append(f"{twice:,} {_plural('row', twice)} in `{name}` repeat the time before; all rows are kept.")
    if steps.size and not np.allclose(steps, np.median(steps), rtol=1e-6, atol=0):
        notes.append(f"Steps in `{name}` are not all of one length; the model sees them as if they were.")
    return notes


def _steps(time: np.ndarray, groups: list[np.ndarray]) -> np.ndarray:
    """From each known time to the next one of its sequence, as float64."""
    known = ~(np.isnat(time) if time.dtype.kind == "M" else np.isnan(time))
    parts = [np.diff(time[rows[known[rows]]]).astype(np.float64) for rows in groups]
    return np.concatenate(parts) if parts else np.zeros(0)


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
    scale = np.where(spread > 1e-12 * np.abs(mean), spread, 1.0)
    return np.where(features.kinds, 0.0, mean), np.where(features.kinds, 1.0, scale)


def _padded(values: np.ndarray, groups: list[np.ndarray]) -> np.ndarray:
    """(time, batch, features) from rows, 0 past each sequence's end."""
    longest = max(len(rows) for rows in groups)
    batch = np.zeros((longest, len(groups), values.shape[1]), dtype=values.dtype)
    for place, rows in enumerate(groups):
        batch[: len(rows), place] = values[rows]
    return batch
