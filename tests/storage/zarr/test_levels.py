"""Envelopes against a plain search of each bin."""

from __future__ import annotations

import warnings

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from lstm_viz.storage.zarr.levels import envelope


@given(
    time=st.integers(1, 300), batch=st.integers(1, 3), units=st.integers(1, 3), bins=st.integers(1, 320), data=st.data()
)
@settings(max_examples=80)
def test_every_value_is_inside_its_bin(time: int, batch: int, units: int, bins: int, data: st.DataObject) -> None:
    random = np.random.default_rng(data.draw(st.integers(0, 10**6)))
    values = random.normal(size=(time, batch, units)).astype(np.float32)
    ends = random.integers(1, time + 1, size=batch)
    values[np.arange(time)[:, None] >= ends] = np.nan
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        low, high, edges = envelope(values, bins)
    assert edges[0] == 0 and edges[-1] == time and (np.diff(edges) >= 1).all()
    assert len(low) == len(high) == len(edges) - 1 == min(bins, time)
    for place in range(len(low)):
        part = values[edges[place] : edges[place + 1]]
        for sequence in range(batch):
            held = part[:, sequence][~np.isnan(part[:, sequence, 0])]
            if len(held):
                assert (low[place, sequence] == held.min(axis=0)).all()
                assert (high[place, sequence] == held.max(axis=0)).all()
            else:
                assert np.isnan(low[place, sequence]).all() and np.isnan(high[place, sequence]).all()


def test_no_bin_is_much_wider_than_another() -> None:
    _, _, edges = envelope(np.zeros((10_001, 1, 1)))
    widths = np.diff(edges)
    assert widths.max() - widths.min() <= 1
