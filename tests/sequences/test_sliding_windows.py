"""Windows of N rows by M steps: every kept value once, and each row goes on in the next window."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lstm_viz.sequences import Choices, SequenceBatch, SequenceError, Table, prepare, windows


def counting(length: int, *gaps: int) -> SequenceBatch:
    """0, 1, 2 ... with labels "1", "2", "3" ..., as they are."""
    values = np.arange(float(length))
    values[list(gaps)] = np.nan
    return prepare(Table({"n": values}, "n.csv", "CSV"), Choices(("n",), standardise=False))


@given(st.integers(1, 300), st.integers(1, 9), st.integers(1, 30))
@settings(max_examples=150)
def test_every_kept_value_is_there_once_and_rows_go_on(length: int, rows: int, steps: int) -> None:
    count = length // (rows * steps)
    if count == 0:
        with pytest.raises(SequenceError, match="don't fill a window"):
            windows(counting(length), rows, steps)
        return
    cut = windows(counting(length), rows, steps)
    kept = rows * steps * count
    assert len(cut.parts) == count and cut.dropped == length - kept < rows * steps
    assert all(part.values.shape == (steps, rows, 1) for part in cut.parts)
    every = np.concatenate([part.values.ravel() for part in cut.parts])
    assert sorted(every.tolist()) == list(range(kept))
    side_by_side = np.concatenate([part.values[..., 0] for part in cut.parts])
    assert np.array_equal(side_by_side.T, np.arange(kept).reshape(rows, -1)), "row n goes on in row n of the next"
    labels = np.concatenate([part.step_labels for part in cut.parts])
    assert (labels.astype(float) == side_by_side + 1).all()


def test_what_is_in_no_window_is_said() -> None:
    parts, dropped = windows(counting(23), rows=2, steps=5)
    assert dropped == 3
    assert all(part.notes[-1] == "Windows of 2 rows by 5 steps; 3 steps at the end in none of them." for part in parts)
    assert all(part.lengths.tolist() == [5, 5] and part.sequence_names == ("row 1", "row 2") for part in parts)


def test_filled_gaps_stay_marked_where_they_were() -> None:
    first, second = windows(counting(8, 3, 6), rows=2, steps=2).parts
    assert first.filled is not None and second.filled is not None
    assert first.filled[..., 0].T.tolist() == [[False, False], [False, False]]
    assert second.filled[..., 0].T.tolist() == [[False, True], [True, False]]


def test_several_sequences_make_no_windows() -> None:
    table = Table({"s": np.array(list("aabb"), dtype=object), "n": np.arange(4.0)}, "n.csv", "CSV")
    with pytest.raises(SequenceError, match="this batch has 2"):
        windows(prepare(table, Choices(("n",), sequence="s")), rows=1, steps=1)


@pytest.mark.parametrize(("rows", "steps"), [(0, 2), (2, 0), (-1, -2)])
def test_windows_of_nothing_are_refused(rows: int, steps: int) -> None:
    with pytest.raises(SequenceError, match="Choose"):
        windows(counting(8), rows, steps)
