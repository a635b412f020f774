"""A model of one's own in Explore, run as Streamlit runs it."""

from __future__ import annotations

import io

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest
from torch import nn

from lstm_viz.sequences import load_example

EXPLORE = """
import streamlit as st
from lstm_viz.ui.pages import PAGES
st.navigation([st.Page(page.path, default=page.name == "explore") for page in PAGES]).run()
"""


def checkpoint(features: int) -> bytes:
    torch.manual_seed(0)
    file = io.BytesIO()
    torch.save({"model_state": nn.LSTM(features, 6).state_dict()}, file)
    return file.getvalue()


@pytest.fixture
def explore() -> AppTest:
    app = AppTest.from_string(EXPLORE, default_timeout=60).run()
    own = next(box for box in app.selectbox if box.label == "Model")
    return own.set_value("A model of yours").run()


def brought(app: AppTest, data: bytes, name: str = "model.pt") -> AppTest:
    uploader = next(field for field in app.file_uploader if "model" in field.label)
    return uploader.set_value((name, data, "application/octet-stream")).run()


def test_asks_for_a_file(explore):
    assert not explore.exception
    assert any("Bring a model's file" in info.value for info in explore.info)


def test_runs_the_models_own_numbers(explore):
    features = load_example("river").values.shape[-1]
    app = brought(explore, checkpoint(features))
    assert not app.exception and not app.error
    torch.manual_seed(0)
    module, batch = nn.LSTM(features, 6), load_example("river")
    with torch.no_grad():
        expected = module(torch.tensor(batch.values))[0].numpy()
    shown = app.session_state["own run"][1]
    inside = np.arange(len(batch.values))[:, None] < batch.lengths
    assert np.allclose(shown.output[inside], expected[inside], atol=2e-6)
    assert any("equal to torch.nn.LSTM" in caption.value for caption in app.caption)


def test_says_where_features_differ(explore):
    app = brought(explore, checkpoint(11))
    assert not app.exception
    assert any("reads 11 features a step" in error.value for error in app.error)


def test_says_what_cant_be_opened(explore):
    app = brought(explore, b"not a model")
    assert not app.exception
    assert any("no whole PyTorch file" in error.value for error in app.error)
