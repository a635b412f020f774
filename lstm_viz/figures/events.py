"""What came at a step, as the picture says it: its name and its values in the file's own units."""

from __future__ import annotations

from dataclasses import replace
from html import escape

import numpy as np

from lstm_viz.figures.formats import plain
from lstm_viz.figures.words import SHORT_LABEL
from lstm_viz.sequences.batches import SequenceBatch

#: Values that are written out beside the picture.
MOST_VALUES = 3


def event_texts(batch: SequenceBatch, steps: slice) -> np.ndarray:
    """(steps, batch) texts in Plotly's mark-up; a file's own words are escaped.

    A symbol or a character stands alone and bold; a date or a number has its values under it, and
    a value that was put into a gap of the file says so.
    """
    labels = batch.step_labels[steps]
    if _are_symbols(labels):
        return np.array([[f"<b>{escape(str(label))}</b>" for label in row] for row in labels], dtype=object)
    names = [escape(str(name)) for name in batch.names[:MOST_VALUES]]
    more = f"<br>and {len(batch.names) - MOST_VALUES} more" if len(batch.names) > MOST_VALUES else ""
    gaps = np.zeros(batch.values.shape, bool) if batch.filled is None else batch.filled
    rest = np.clip(batch.lengths - steps.start, 0, None)
    values = replace(batch, values=batch.values[steps], filled=None, lengths=rest).original[..., :MOST_VALUES]
    filled = gaps[steps, :, :MOST_VALUES]
    texts = [
        [_written(label, names, row, gap) + more for label, row, gap in zip(line, block, put, strict=True)]
        for line, block, put in zip(labels, values, filled, strict=True)
    ]
    return np.array(texts, dtype=object)


def _are_symbols(labels: np.ndarray) -> bool:
    """Whether steps are called by what they are, letters and signs, rather than by a date or a number."""
    words = [str(label) for label in labels.ravel() if str(label)]
    return all(len(word) <= SHORT_LABEL for word in words) and not all(word.isdigit() for word in words)


def _written(label: str, names: list[str], values: np.ndarray, filled: np.ndarray) -> str:
    rows = [
        f"{name} {plain(float(value))}" + (" (filled)" if gap else "")
        for name, value, gap in zip(names, values, filled, strict=True)
    ]
    return "<br>".join([f"<b>{escape(str(label))}</b>", *rows])
