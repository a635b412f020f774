"""From a table and a person's choices to a batch of sequences."""

from __future__ import annotations

import numpy as np

from lstm_viz.sequences.batches import SequenceBatch
from lstm_viz.sequences.choices import Choices, is_text, with_features
from lstm_viz.sequences.errors import SequenceError
from lstm_viz.sequences.features import Features, features_of, refuse_unknown
from lstm_viz.sequences.filling import fill_gaps
from lstm_viz.sequences.grouping import Grouping, grouped, padded
from lstm_viz.sequences.labels import step_labels
from lstm_viz.sequences.limits import check_batch_size
from lstm_viz.sequences.ordering import in_order
from lstm_viz.sequences.standardising import Standard, scaled, standard
from lstm_viz.sequences.tables import Table
from lstm_viz.sequences.wording import listed, plural


def prepare(table: Table, choices: Choices) -> SequenceBatch:
    """The batch that a table becomes; its notes say in plain sentences what was understood and done.

    Rows are sorted by the time column within each sequence, gaps filled as chosen, and features
    standardised over every value of the batch. Raises SequenceError where no sequence comes of it.

    >>> table = Table({"flow": np.array([1.0, np.nan, 3.0])}, "river.csv", "CSV")
    >>> batch = prepare(table, Choices(features=("flow",)))
    >>> batch.original.ravel().round(6).tolist(), batch.notes
    ([1.0, 2.0, 3.0], ('3 rows, 1 feature, 1 sequence.', '1 gap in `flow`, filled by interpolation.'))
    """
    notes: list[str] = []
    refuse_unknown(table, choices)
    choices = with_features(choices, table)
    features = features_of(table, choices, notes)
    groups, names = _sequences(table, choices, len(features.names), notes)
    gaps = fill_gaps(features, groups, choices.gaps, notes)
    groups, names = _arranged(Grouping(groups, names), gaps, choices, notes)
    padded_gaps = padded(gaps, groups)
    values, standards = _standardised(features, groups, choices.standardise)
    notes += [] if is_text(table) else _constants(features.names, standards)
    return SequenceBatch(
        values=values,
        names=features.names,
        lengths=np.array([len(rows) for rows in groups]),
        sequence_names=names,
        offset=np.array([standard.offset for standard in standards]),
        scale=np.array([standard.scale for standard in standards]),
        step_labels=step_labels(table, choices, groups),
        source=table.source,
        notes=(_summary(table, features, groups), *table.notes, *notes),
        filled=padded_gaps if padded_gaps.any() else None,
    )


def _standardised(features: Features, groups: list[np.ndarray], wanted: bool) -> tuple[np.ndarray, list[Standard]]:
    """(time, batch, features) float32, made feature by feature so that little memory is held at once.

    Kinds of words stay 0 or 1. Rows that were left out may hold what fits no scale, and are not looked at.
    """
    rows = np.concatenate(groups)
    places = np.split(np.arange(len(rows)), np.cumsum([len(group) for group in groups])[:-1])
    batch = np.zeros((max(map(len, groups)), len(groups), len(features.names)), dtype=np.float32)
    standards = []
    for place, name in enumerate(features.names):
        column = features.values[rows, place]
        found = standard(column)
        if features.kinds[place] or not wanted:
            found = found._replace(offset=0.0, scale=1.0)
        batch[..., place] = padded(scaled(column, found.offset, found.scale, name), places)
        standards.append(found)
    return batch, standards


def _summary(table: Table, features: Features, groups: list[np.ndarray]) -> str:
    counts = ((table.rows, "row"), (len(features.names), "feature"), (len(groups), "sequence"))
    return ", ".join(plural(count, word) for count, word in counts) + "."


def _sequences(table: Table, choices: Choices, features: int, notes: list[str]) -> Grouping:
    """Each sequence's rows in the order of time, and its name."""
    groups, names = Grouping([np.arange(table.rows)], ("sequence 1",))
    if choices.sequence is not None:
        groups, names = grouped(table.columns[choices.sequence], choices.sequence)
    check_batch_size(max(map(len, groups)), len(groups), features)
    if choices.time is not None:
        groups = in_order(groups, table.columns[choices.time], choices.time, notes)
    return Grouping(groups, names)


def _arranged(sequences: Grouping, gaps: np.ndarray, choices: Choices, notes: list[str]) -> Grouping:
    """Rows with gaps taken out where that was chosen, then one long sequence cut into several."""
    groups, names = sequences
    if choices.gaps == "drop":
        whole = [rows[~gaps[rows].any(axis=1)] for rows in groups]
        groups, names = _not_empty(Grouping(whole, names), notes)
    if choices.rows == 1:
        return Grouping(groups, names)
    if len(groups) > 1:
        notes.append("The table holds several sequences already, so they were not cut into rows.")
        return Grouping(groups, names)
    return _in_rows(groups[0], choices.rows, notes)


def _not_empty(sequences: Grouping, notes: list[str]) -> Grouping:
    kept = [place for place, rows in enumerate(sequences.rows) if len(rows)]
    if not kept:
        raise SequenceError("No row is left once rows with gaps are left out. Choose another way to fill gaps.")
    if len(kept) < len(sequences.rows):
        empty = plural(len(sequences.rows) - len(kept), "sequence")
        notes.append(f"{empty} without a single whole row left out.")
    return Grouping([sequences.rows[place] for place in kept], tuple(sequences.names[place] for place in kept))


def _in_rows(steps: np.ndarray, rows: int, notes: list[str]) -> Grouping:
    """One long sequence as N rows of equal length, row n + 1 going on where row n ends."""
    length, dropped = divmod(len(steps), rows)
    if length == 0:
        raise SequenceError(f"{plural(len(steps), 'step')} can't be cut into {rows} rows. Choose fewer rows.")
    left = f"; {plural(dropped, 'step')} at the end left out" if dropped else ""
    notes.append(f"Cut into {rows} rows of {plural(length, 'step')}{left}.")
    return Grouping(np.split(steps[: rows * length], rows), tuple(f"row {row + 1}" for row in range(rows)))


def _constants(names: tuple[str, ...], standards: list[Standard]) -> list[str]:
    same = [name for name, standard in zip(names, standards, strict=True) if standard.constant]
    return [f"The same value everywhere in {listed(same)}."] if same else []
