"""Small tables made into batches, and what is said of them."""

from __future__ import annotations

import numpy as np

from lstm_viz.sequences import Choices, SequenceBatch, Table, prepare


def made(columns: dict[str, object], *features: str, **choices: object) -> SequenceBatch:
    arrays = {name: np.asarray(values) for name, values in columns.items()}
    form = "text" if list(columns) == ["character"] else "CSV"
    return prepare(Table(arrays, "file.csv", form), Choices(features or ("flow",)).but(**choices))


def said(batch: SequenceBatch, *words: str) -> bool:
    return any(all(word in note for word in words) for note in batch.notes)


def days(*texts: str) -> np.ndarray:
    return np.array(texts, dtype="datetime64[ns]")
