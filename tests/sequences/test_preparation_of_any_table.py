"""Whatever a table holds and whoever chooses: a whole batch, or one sentence."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from lstm_viz.sequences import SequenceBatch, SequenceError, Table, prepare, suggest_choices
from lstm_viz.sequences.choices import GAPS

NUMBERS = st.floats(width=64) | st.sampled_from([0.0, -0.0, 5e-324, 1e308, -1.7e308, 0.1, 3.0])
WORDS = st.none() | st.sampled_from(["", "a", "b", "=1", "<b>", "é", "\x00", "a" * 200])
DATES = st.none() | st.datetimes().map(lambda day: day.replace(year=1900 + day.year % 200))


@st.composite
def tables(draw: st.DrawFn) -> dict[str, np.ndarray]:
    """Up to five columns of one length, of any of the three kinds."""
    rows = draw(st.integers(1, 25))
    columns: dict[str, np.ndarray] = {}
    for place in range(draw(st.integers(1, 5))):
        kind = draw(st.sampled_from(["numbers", "numbers", "words", "dates"]))
        cells = draw(st.lists({"numbers": NUMBERS, "words": WORDS, "dates": DATES}[kind], min_size=rows, max_size=rows))
        dtype = {"numbers": "f8", "words": object, "dates": "M8[ns]"}[kind]
        columns[f"{kind} {place}"] = np.array(cells, dtype=dtype)
    return columns


CHOICES = {
    "time": st.none() | st.integers(0, 4),
    "sequence": st.none() | st.integers(0, 4),
    "gaps": st.sampled_from(list(GAPS)),
    "standardise": st.booleans(),
    "rows": st.sampled_from([1, 1, 2, 3]),
}


@given(tables(), st.none() | st.lists(st.integers(0, 4), max_size=4), st.fixed_dictionaries(CHOICES))
@settings(max_examples=300)
def test_a_table_becomes_a_whole_batch_or_is_refused_with_a_sentence(
    columns: dict[str, np.ndarray], features: list[int] | None, chosen: dict[str, Any]
) -> None:
    table, names = Table(columns, "any.csv", "CSV"), list(columns)
    for role in ("time", "sequence"):
        chosen[role] = None if chosen[role] is None else names[chosen[role] % len(names)]
    if features is not None:
        chosen["features"] = [names[place % len(names)] for place in features]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            choices = suggest_choices(table).but(**chosen)
            batch = prepare(table, choices)
    except SequenceError as refusal:
        assert str(refusal).endswith(".")
        return
    _whole(batch)
    if choices.gaps != "drop" and choices.rows == 1:
        _every_cell_is_there(batch, table, smallest=1e-320 if choices.standardise else 1e-37)
    assert batch.notes[0].startswith(f"{table.rows:,} row")


def _whole(batch: SequenceBatch) -> None:
    steps, sequences, features = batch.values.shape
    inside = np.arange(steps)[:, None] < batch.lengths
    assert batch.values.dtype == np.float32 and np.isfinite(batch.values).all()
    assert (batch.values[~inside] == 0).all() and np.isnan(batch.original[~inside]).all()
    assert np.isfinite(batch.original[inside]).all()
    assert batch.lengths.max() == steps and batch.lengths.min() > 0
    assert len(batch.sequence_names) == sequences and len(batch.names) == features
    assert (batch.step_labels[~inside] == "").all()
    assert batch.filled is None or not batch.filled[~inside].any()


def _every_cell_is_there(batch: SequenceBatch, table: Table, smallest: float) -> None:
    """Each number of a column is in the batch once, up to float32's rounding; what is under `smallest` may be 0."""
    inside = np.arange(batch.values.shape[0])[:, None] < batch.lengths
    assert inside.sum() == table.rows
    for place, name in enumerate(batch.names):
        if name in table.columns:
            known = np.isfinite(table.columns[name])
            came = batch.original[..., place][inside]
            marked = np.zeros(table.rows, bool) if batch.filled is None else batch.filled[..., place][inside]
            assert marked.sum() == (~known).sum()
            wanted = np.sort(table.columns[name][known])
            limit = 2e-6 * np.abs(wanted).max() + smallest
            assert (np.abs(np.sort(came[~marked]) - wanted) <= limit).all()
