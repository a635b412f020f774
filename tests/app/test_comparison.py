"""The comparison run in Explore, run as Streamlit runs it."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest
from torch import nn

import lstm_viz
from lstm_viz.figures.bindings.evaluate import evaluate
from lstm_viz.figures.cell.comparison import BESIDE, compared_across, memory_comparison
from lstm_viz.figures.moment import Moment
from lstm_viz.figures.viewport_builder import build_viewport

EXPLORE = """
import streamlit as st
from lstm_viz.ui.navigation.pages import PAGES
st.navigation([st.Page(page.path, default=page.name == "explore") for page in PAGES]).run()
"""


@pytest.fixture
def app() -> AppTest:
    return AppTest.from_string(EXPLORE, default_timeout=600).run()


def choose(app: AppTest, label: str, option: str) -> AppTest:
    return next(box for box in app.selectbox if box.label == label).set_value(option).run()


def said(app: AppTest) -> str:
    return next((caption.value for caption in app.caption if caption.value.startswith("Beside this run")), "")


def test_a_factor_that_is_held_stands_beside_the_run(app):
    app = choose(app, "Beside this run", "a factor held")
    assert not app.exception
    assert "if the forget factor of every unit were held at 0.50" in said(app)
    view = app.session_state["comparison_view"].result
    start = next(field for field in app.number_input if field.label == "from step").value - 1
    assert (view.compared[0].layers[0].forget_gate[start:] == 0.5).all()
    assert np.array_equal(view.compared[0].layers[0].cell_state[:start], view.trace.layers[0].cell_state[:start])


def test_a_run_that_was_kept_stands_beside_another_model(app):
    def offered() -> list[str]:
        return next(box.options for box in app.selectbox if box.label == "Beside this run")

    assert "the run kept before" not in offered(), "no run is kept yet"
    app = next(button for button in app.button if button.label == "Keep this run").click().run()
    assert "the run kept before" in offered()
    assert any("This run is kept" in info.value for info in app.info)
    kept = app.session_state["kept_comparison_run"]
    app = choose(app, "Example", "adding")
    assert not app.exception
    assert "Beside this run" in said(app)
    beside = app.session_state["comparison_view"].result.compared[0]
    assert beside.layers[0].hidden_state.shape[0] == len(app.session_state["view"].result.labels)
    assert kept.trace is not app.session_state["view"].result.trace
    app = choose(app, "Beside this run", "nothing")
    assert said(app) == "" and not app.exception


def test_another_sequence_brings_its_own_events_and_differences_on_a_scale_of_their_own(app):
    app = choose(choose(app, "Example", "recall"), "Beside this run", "another sequence of the batch")
    app = choose(app, "Which sequence", "sequence 4")
    assert not app.exception and "sequence 4" in said(app)
    view = app.session_state["comparison_view"].result
    events, other = view.texts.events, view.compared[0].texts
    layer, mate = view.trace.layers[0], view.compared[0].layers[0]
    assert np.array_equal(other.events[3:9], np.repeat(events[3:9][:, [3]], 8, axis=1))
    assert np.array_equal(other.labels[:][:, 0], view.labels[:, 3])
    assert (other.answers[3:9] == view.texts.answers[3:9][:, [3]]).all()
    drawn = app.session_state["page_state"].figures["cell_beside"]
    assert "Beside it: sequence 4" in drawn.spec
    viewport = build_viewport(view)
    moment = Moment(step=8, sequence=1)
    assert evaluate({"label": "event", "in": BESIDE}, viewport, moment) == [events[:][8, 3]]
    assert evaluate({"label": "event"}, viewport, moment) == [events[:][8, 1]]
    labels = evaluate({"label": "tick labels", "in": BESIDE}, viewport, moment)
    assert labels == view.labels[:, 3].tolist()
    apart = np.abs(mate.cell_state - layer.cell_state)
    figure = memory_comparison(viewport, moment)
    strip = next(trace for trace in figure.data if trace.meta["part"] == "change_cell_state")
    assert strip.zmax == pytest.approx(np.nanmax(apart)) and strip.zmin == -strip.zmax
    assert strip.showscale and strip.colorbar.orientation == "h"
    figures = app.session_state["page_state"].figures
    above, below = (json.loads(figures[key].spec) for key in ("input_strip", "compared"))
    assert len(above["data"]) == compared_across(viewport, moment) == 3
    for axis in ("xaxis", "xaxis2", "xaxis3"):
        assert above["layout"][axis]["domain"] == below["layout"][axis]["domain"]
    assert below["layout"]["annotations"][0]["text"].startswith("<b>Long-term memory</b><br>")


def test_the_course_s_cell_stands_beside_with_the_same_weights(app):
    app = choose(choose(app, "Example", "recall"), "Beside this run", "the other cell, same weights")
    assert not app.exception and "through the course's cell" in said(app)
    view = app.session_state["comparison_view"].result
    assert view.compared[0].layers[0].variant == "course"
    assert np.allclose(view.compared[0].layers[0].forget_gate[0], view.trace.layers[0].forget_gate[0], atol=2e-6)
    assert not np.allclose(view.compared[0].layers[0].hidden_state, view.trace.layers[0].hidden_state, atol=1e-3)
    assert view.compared[0].texts.answers[:24].shape == (24, 8)


def test_a_factor_is_held_in_any_layer_and_in_either_direction(app, tmp_path):
    torch.manual_seed(6)
    run = lstm_viz.trace(nn.LSTM(2, 3, 2, bidirectional=True), torch.randn(9, 1, 2))
    run.save(tmp_path / "both.nc")
    file = ("both.nc", (tmp_path / "both.nc").read_bytes(), "application/x-netcdf")
    app = app.file_uploader[0].set_value([file]).run()
    app = choose(choose(app, "Beside this run", "a factor held"), "in layer", "l1_reverse")
    app = next(field for field in app.number_input if field.label == "from step").set_value(4).run()
    assert not app.exception
    assert "of every unit in layer 2 ← were held at 0.50 from step 4 back to the first" in said(app)
    beside = app.session_state["comparison_view"].result.compared[0].layers
    assert (beside[3].forget_gate[:4] == 0.5).all() and (beside[3].forget_gate[4:] != 0.5).all()
    assert all(np.array_equal(beside[k].cell_state, run.layers[k].cell_state) for k in range(3))
