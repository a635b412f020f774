"""Filling, sorting, grouping and standardising, held against pandas."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lstm_viz.sequences import Choices, SequenceBatch, SequenceError, Table, prepare
from lstm_viz.sequences.choices import GAPS
from lstm_viz.sequences.preparation import IN_ORDER_SHARE

FEATURES = ("flow", "rain")


@st.composite
def frames(draw: st.DrawFn) -> pd.DataFrame:
    """Rows of up to four stations in any order, with gaps, repeated times and every column's own size."""
    rows = draw(st.integers(2, 60))
    random = np.random.default_rng(draw(st.integers(0, 10**6)))
    frame = pd.DataFrame(
        {
            "station": random.choice(list("abcd")[: draw(st.integers(1, 4))], rows),
            "time": random.integers(0, draw(st.sampled_from([5, 1000])), rows).astype(float),
            "flow": random.normal(draw(st.sampled_from([0.0, 1e4, -3e-6])), draw(st.sampled_from([1.0, 1e3])), rows),
            "rain": random.integers(0, 3, rows) * draw(st.sampled_from([1.0, 1e-9])),
        }
    )
    for name in FEATURES:
        gaps = random.random(rows) < draw(st.sampled_from([0.0, 0.2, 0.6]))
        gaps[random.integers(rows)] = False
        frame.loc[gaps, name] = np.nan
    return frame


def batch_of(frame: pd.DataFrame, **choices: object) -> SequenceBatch:
    columns = {name: frame[name].to_numpy(dtype=object if name == "station" else float) for name in frame}
    return prepare(Table(columns, "stations.csv", "CSV"), Choices(FEATURES, "time", "station").but(**choices))


def by_pandas(frame: pd.DataFrame, gaps: str) -> dict[str, pd.DataFrame]:
    """Each station's rows in the order of time, filled; of a file that falls, those with the same time too."""
    means, stations = frame[list(FEATURES)].mean(), frame["station"].unique()
    steps = frame.dropna(subset="time").groupby("station", sort=False)["time"].diff().dropna()
    if len(steps) and (steps <= 0).mean() >= IN_ORDER_SHARE and (steps <= 0).mean() > (steps >= 0).mean():
        frame = frame[::-1]
    found = {}
    for station, rows in frame.groupby("station", sort=False):
        values = rows.sort_values("time", kind="stable")[list(FEATURES)]
        if gaps == "interpolate":
            values = values.reset_index(drop=True).interpolate(limit_direction="both").fillna(means)
        elif gaps == "previous":
            values = values.ffill().bfill().fillna(means)
        elif gaps == "drop":
            values = values.dropna()
        else:
            values = values.fillna(means if gaps == "mean" else 0.0)
        if len(values):
            found[str(station)] = values
    return {name: found[name] for name in stations if name in found}


@pytest.mark.parametrize("gaps", GAPS)
@given(frame=frames())
@settings(max_examples=30)
def test_a_batch_is_what_pandas_makes(gaps: str, frame: pd.DataFrame) -> None:
    wanted = by_pandas(frame, gaps)
    if not wanted:
        with pytest.raises(SequenceError, match="No row is left"):
            batch_of(frame, gaps=gaps)
        return
    batch = batch_of(frame, gaps=gaps)
    assert batch.sequence_names == tuple(wanted)
    assert batch.lengths.tolist() == [len(rows) for rows in wanted.values()]
    every = np.concatenate([rows.to_numpy() for rows in wanted.values()])
    # A value is held in float32, as so many standard deviations from the mean.
    limit = 1e-6 * (np.abs(every).max(axis=0) + every.std(axis=0)) + 1e-300
    for place, rows in enumerate(wanted.values()):
        assert (np.abs(batch.original[: len(rows), place] - rows.to_numpy()) <= limit).all()
        assert np.isnan(batch.original[len(rows) :, place]).all()
        assert (batch.values[len(rows) :, place] == 0).all()
        assert (batch.step_labels[len(rows) :, place] == "").all()


@given(frame=frames())
@settings(max_examples=30)
def test_standardised_values_have_mean_0_and_deviation_1(frame: pd.DataFrame) -> None:
    batch = batch_of(frame)
    inside = ~np.isnan(batch.original[..., 0])
    values = batch.values[inside].astype(np.float64)
    for place in range(2):
        if np.ptp(values[:, place]) > 0:
            np.testing.assert_allclose(values[:, place].mean(), 0, atol=1e-5)
            np.testing.assert_allclose(values[:, place].std(), 1, rtol=1e-5)
    raw = batch_of(frame, standardise=False)
    np.testing.assert_allclose(raw.original, raw.values.astype(float) + np.where(inside, 0, np.nan)[..., None])


@given(frame=frames())
@settings(max_examples=30)
def test_filled_values_are_told_from_read_ones(frame: pd.DataFrame) -> None:
    batch = batch_of(frame)
    gaps = int(frame[list(FEATURES)].isna().to_numpy().sum())
    assert (batch.filled is None) == (gaps == 0)
    assert gaps == (0 if batch.filled is None else batch.filled.sum())
    told = [note for note in batch.notes if "gap" in note]
    assert len(told) == int(frame[list(FEATURES)].isna().any().sum())
    assert batch_of(frame, gaps="zero").filled is None or gaps > 0


@given(st.lists(st.sampled_from([None, "sun", "rain", "fog"]), min_size=3, max_size=40))
@settings(max_examples=40)
def test_words_become_pandas_dummies(words: list[str | None]) -> None:
    if not any(words):
        words[0] = "sun"
    table = Table({"weather": np.array(words, dtype=object)}, "w.csv", "CSV")
    batch = prepare(table, Choices(("weather",)))
    wanted = pd.get_dummies(pd.Series(words, dtype=object))
    assert batch.names == tuple(f"weather: {kind}" for kind in wanted)
    assert (batch.values[:, 0] == wanted.to_numpy()).all(), "kinds are 0 or 1, standardised or not"
    assert (batch.original == batch.values).all()
