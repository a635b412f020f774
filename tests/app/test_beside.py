"""Two runs side by side in Explore, run as Streamlit runs it."""

from __future__ import annotations

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

EXPLORE = """
import streamlit as st
from lstm_viz.ui.pages import PAGES
st.navigation([st.Page(page.path, default=page.name == "explore") for page in PAGES]).run()
"""


@pytest.fixture
def app() -> AppTest:
    return AppTest.from_string(EXPLORE, default_timeout=120).run()


def choose(app: AppTest, label: str, option: str) -> AppTest:
    return next(box for box in app.selectbox if box.label == label).set_value(option).run()


def said(app: AppTest) -> str:
    return next((caption.value for caption in app.caption if caption.value.startswith("Beside this run")), "")


def test_a_factor_that_is_held_stands_beside_the_run(app):
    app = choose(app, "Beside this run", "a factor held")
    assert not app.exception
    assert "if the forget factor of every unit were held at 1.00" in said(app)
    view = app.session_state["view beside"]
    start = next(field for field in app.number_input if field.label == "from step").value - 1
    assert (view.beside[0].forget_gate[start:] == 1).all()
    assert np.array_equal(view.beside[0].cell_state[:start], view.trace.layers[0].cell_state[:start])


def test_a_run_that_was_kept_stands_beside_another_model(app):
    app = next(button for button in app.button if button.label == "Keep this run").click().run()
    assert any("This run is kept" in info.value for info in app.info)
    kept = app.session_state["kept run"]
    app = choose(app, "Example", "adding")
    assert not app.exception
    assert "Beside this run" in said(app)
    assert app.session_state["view beside"].beside[0].hidden_state.shape[0] == len(app.session_state["view"].labels)
    assert kept.trace is not app.session_state["view"].trace
    app = choose(app, "Beside this run", "nothing")
    assert said(app) == "" and not app.exception
