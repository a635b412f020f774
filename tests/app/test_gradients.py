"""The gradients of an output in Explore, run as Streamlit runs it; `tests/player` holds that the player draws alike."""

from __future__ import annotations

import numpy as np
from streamlit.testing.v1 import AppTest

from lstm_viz.analysis.gradients import answer_at, backpropagate
from lstm_viz.ui.stage.bundled_runs import bundled_view
from tests.support.drawn_charts import figure_of

EXPLORE = """
import streamlit as st
from lstm_viz.ui.navigation.pages import PAGES
st.navigation([st.Page(page.path, default=page.name == "explore") for page in PAGES]).run()
"""


def test_the_strips_hold_the_gradients_of_the_output_that_a_link_asks_for():
    app = AppTest.from_string(EXPLORE, default_timeout=600)
    for name, value in {"felt_step": "25", "felt_unit": "unit 3", "step": "20", "unit": "8"}.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    drawn = app.session_state["page_state"]
    figure = figure_of(drawn.figures["felt"])
    trace = bundled_view("forecast").trace
    felt = backpropagate(trace, answer_at(trace, 24, 2))[0]
    assert b"output unit 3 at step 25" in drawn.comparison_message
    memory, hidden = (np.array(part.z, float) for part in figure.data)
    units = drawn.viewport.units[0][: len(memory)]
    assert np.allclose(memory, felt.cell_state[:32, 0, units].T, atol=2e-5)
    assert np.allclose(hidden, felt.hidden_state[:32, 0, units].T, atol=2e-5)
    assert hidden[2].argmax() == 24 and not hidden[:, 25:].any()
