"""A run by a table of gates in the browser is the one in Python, and the address holds the whole table."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lstm_viz.analysis.gate_tables import run_gate_table, unit_that_shows_most
from lstm_viz.lessons.own_cell import write_table
from tests.player.v8 import Player

TENTHS = st.integers(0, 10).map(lambda level: level / 10)
SIGNED_TENTHS = st.integers(-10, 10).map(lambda level: level / 10)


@st.composite
def tables(draw, events: int = 5, units: int = 3):
    size = events * units
    gates = [draw(st.lists(values, min_size=size, max_size=size)) for values in (TENTHS, TENTHS, SIGNED_TENTHS, TENTHS)]
    return np.array(gates).reshape(4, events, units)


@settings(max_examples=40, deadline=None)
@given(table=tables(), seed=st.integers(0, 1000))
def test_the_browser_runs_the_same_table_and_reads_the_same_answers(table, seed, v8: Player):
    events = np.random.default_rng(seed).integers(0, 5, size=(24, 1))
    cell_state, hidden_state = run_gate_table(table, events)
    found = v8.call("runTable", table.tolist(), events[:, 0].tolist())
    np.testing.assert_allclose(found["cell"], cell_state[:, 0], atol=1e-12)
    np.testing.assert_allclose(found["hidden"], hidden_state[:, 0], atol=1e-12)
    assert [v8.call("largest", values) for values in found["hidden"]] == unit_that_shows_most(hidden_state)[
        :, 0
    ].tolist()


@settings(max_examples=40, deadline=None)
@given(table=tables())
def test_the_address_holds_the_whole_table(table, v8: Player):
    text = v8.call("writeTable", table.tolist())
    assert text == write_table(table)
    assert len(text) == 60
    assert v8.call("readTable", text, 5, 3) == table.tolist()


@pytest.mark.parametrize("text", ["", "a" * 59, "a" * 61, "z" * 60, "u" * 60, "<" * 60])
def test_an_address_that_holds_no_table_is_none(text, v8: Player):
    assert v8.call("readTable", text, 5, 3) is None
