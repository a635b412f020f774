"""Files as people have them, read in this process, with what came of them: order, sequences and features."""

from __future__ import annotations

import numpy as np

from lstm_viz.sequences import SequenceBatch, Table, prepare, suggest_choices
from lstm_viz.sequences.limits import Limits
from lstm_viz.sequences.readers import read
from lstm_viz.sequences.reading_options import ReadingOptions


def table_of(text: str, **options: object) -> Table:
    return read(text.encode(), "file.csv", Limits(), options=ReadingOptions(**options))


def batch_of(text: str, **options: object) -> SequenceBatch:
    table = table_of(text, **options)
    return prepare(table, suggest_choices(table))


def sequences_of(text: str, **options: object) -> dict[str, list[float]]:
    """The values of each sequence's first feature, in order."""
    return values_by_sequence(batch_of(text, **options))


def values_by_sequence(batch: SequenceBatch) -> dict[str, list[float]]:
    values = np.round(batch.original[..., 0], 3)
    return {
        name: (values[: batch.lengths[place], place] + 0.0).tolist() for place, name in enumerate(batch.sequence_names)
    }


def order_of(text: str, **options: object) -> list[float]:
    """The values of the one sequence's first feature, in order."""
    sequences = sequences_of(text, **options)
    assert len(sequences) == 1, list(sequences)
    return next(iter(sequences.values()))
