"""A stored run in Explore: offered where the server was started for one, and chosen by name alone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import torch
from streamlit.testing.v1 import AppTest
from torch import nn

import lstm_viz
from lstm_viz.ui.explore.startup_files import STORED_RUNS, stored_runs

EXPLORE = """
import streamlit as st
from lstm_viz.ui.navigation.pages import PAGES
st.navigation([st.Page(page.path, default=page.name == "explore") for page in PAGES]).run()
"""


@pytest.fixture(scope="module")
def runs(tmp_path_factory) -> Path:
    """A folder with a whole run, one that was stopped, and something else."""
    folder = tmp_path_factory.mktemp("runs")
    torch.manual_seed(0)
    module, x = nn.LSTM(2, 4), torch.randn(3000, 1, 2)
    lstm_viz.trace_to(module, x, folder / "whole", chunk=512)
    lstm_viz.trace_to(module, x, folder / "begun", chunk=512, progress=lambda now: now.steps < 1024)
    (folder / "notes").mkdir()
    return folder


def cached_page(**asked: str) -> AppTest:
    app = AppTest.from_string(EXPLORE, default_timeout=600)
    for name, value in asked.items():
        app.query_params[name] = value
    return app.run()


def test_nothing_is_offered_where_none_was_named(monkeypatch):
    monkeypatch.delenv(STORED_RUNS, raising=False)
    app = cached_page(source="Long")
    assert not app.exception and "Long run" not in [box.label for box in app.selectbox]


def test_a_run_is_looked_at(monkeypatch, runs):
    monkeypatch.setenv(STORED_RUNS, str(runs))
    assert list(stored_runs()) == ["begun", "whole"]
    app = cached_page(source="Long", stored="whole")
    assert not app.exception
    said = " ".join(caption.value for caption in app.caption)
    assert "3,000 steps, 1 sequence, 4 units in 1 layer" in said and "equal to torch.nn.LSTM" in said
    zoom = next(box for box in app.selectbox if box.label == "steps at once")
    assert zoom.options == ["300", "1,000", "all"]
    zoom.set_value("300").run()
    assert not app.exception
    assert next(field for field in app.number_input if field.label == "from step").max == 2701


def test_one_that_grows_says_so(monkeypatch, runs):
    monkeypatch.setenv(STORED_RUNS, os.pathsep.join([str(runs / "begun"), str(runs / "whole")]))
    app = cached_page(source="Long")
    assert not app.exception
    assert "1,024 steps" in app.caption[0].value and "still growing" in app.caption[0].value


@pytest.mark.parametrize("asked", ["/etc", "../whole", "nothing"])
def test_the_address_names_no_path(monkeypatch, runs, asked):
    monkeypatch.setenv(STORED_RUNS, str(runs / "whole"))
    app = cached_page(source="Long", stored=asked)
    assert not app.exception
    assert "3,000 steps" in app.caption[0].value


def test_a_damaged_run_is_refused_in_words(monkeypatch, tmp_path):
    (tmp_path / "zarr.json").write_text("{}")
    monkeypatch.setenv(STORED_RUNS, str(tmp_path))
    app = cached_page(source="Long")
    assert not app.exception
    assert "can't be opened as a stored run" in app.error[0].value
    assert str(tmp_path.parent) not in app.error[0].value
