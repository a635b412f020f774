"""Quotas: each is a sentence that names its setting, and what a session held is free again when it ends."""

from __future__ import annotations

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest
from torch import nn

import lstm_viz
from lstm_viz.bundled import first_view
from lstm_viz.files.sizes import MEGABYTE
from lstm_viz.sequences import load_example
from lstm_viz.ui.explore import fit
from lstm_viz.ui.explore import quotas as module
from lstm_viz.ui.explore.choose_model import FIT
from lstm_viz.ui.explore.fit import FitSettings
from lstm_viz.ui.explore.quotas import Held, QuotaReached, quotas, refuse_if_over, trace_arrays
from lstm_viz.ui.explore.run import Run
from tests.app.test_uploaded_model import EXPLORE, TABLE, dropped, pressed


@pytest.fixture
def setting(monkeypatch):
    """Sets a setting for one test."""

    def set_one(name: str, value: str) -> None:
        monkeypatch.setenv(name, value)
        quotas.cache_clear()

    yield set_one
    quotas.cache_clear()


def test_what_is_too_much_for_a_session_names_the_setting(setting, monkeypatch):
    monkeypatch.setattr(module, "held_bytes", lambda: 40 * MEGABYTE)
    setting("LSTM_VIZ_SESSION_MB", "50")
    refuse_if_over(9 * MEGABYTE, "What you dropped")
    with pytest.raises(QuotaReached, match=r"What you dropped needs 11 MB\. Your session holds 40 MB .*SESSION_MB"):
        refuse_if_over(11 * MEGABYTE, "What you dropped")


def test_what_is_too_much_for_all_names_the_setting(setting, monkeypatch):
    monkeypatch.setattr(module, "held_bytes", lambda: 0)
    monkeypatch.setattr(module, "HELD", held := Held())
    setting("LSTM_VIZ_TOTAL_MB", "100")
    held.note("ann", 60 * MEGABYTE)
    held.note("bob", 30 * MEGABYTE)
    with pytest.raises(QuotaReached, match=r"hold 90 MB already, of 100 MB \(LSTM_VIZ_TOTAL_MB\)"):
        refuse_if_over(11 * MEGABYTE, "The run of a fitted model")
    held.forget("ann")
    refuse_if_over(11 * MEGABYTE, "The run of a fitted model")


@pytest.mark.parametrize("value", ["0", "-1", "many", "1.5"])
def test_a_setting_that_is_no_number_is_refused(setting, value):
    setting("LSTM_VIZ_WORKERS", value)
    with pytest.raises(ValueError, match="LSTM_VIZ_WORKERS is a whole number from 1 up"):
        quotas()


def test_one_core_is_left_to_the_pages(setting):
    setting("LSTM_VIZ_WORKERS", "")
    assert quotas().workers == max(1, module._cores() - 1)


def test_a_trace_is_counted_with_what_was_worked_out_of_it():
    trace = first_view()[0]
    before = sum(array.nbytes for array in trace_arrays(trace))
    recorded = (trace.layers[0].cell_state, trace.layers[0].forget_gate)
    assert before >= sum(array.nbytes for array in recorded)
    assert isinstance(trace.layers[0].kept, np.ndarray)
    assert sum(array.nbytes for array in trace_arrays(trace)) > before


def says(app: AppTest, words: str) -> bool:
    return any(words in info.value.replace("\\", "") for info in app.info)


def test_files_that_had_to_go_are_named(setting):
    setting("LSTM_VIZ_FILES", "2")
    app = AppTest.from_string(EXPLORE, default_timeout=600).run()
    for name in ("one", "two"):
        app = dropped(app, (f"{name}.csv", TABLE))
        assert not app.info
    app = dropped(app, ("three.csv", TABLE), ("four.csv", TABLE))
    assert says(app, "keeps 2 files (LSTM_VIZ_FILES), so the oldest were let go: “one.csv”, “two.csv”. Drop them here")
    app = dropped(app, ("four.csv", TABLE))
    assert not app.info, "it takes the place of the one of its name"


def test_a_fitted_model_that_had_to_go_is_named(setting, monkeypatch):
    setting("LSTM_VIZ_RUNS", "1")
    trace, batch = lstm_viz.trace(nn.LSTM(2, 4), load_example("river").values), load_example("river")

    def fitted(settings: FitSettings, _: object) -> Run:
        return Run(f"fitted {settings.units}", f"fitted {settings.units} units", trace, None, "A model.", batch=batch)

    monkeypatch.setattr(fit, "_fit", fitted)
    app = AppTest.from_string(EXPLORE, default_timeout=600).run()
    app = next(box for box in app.selectbox if box.label == "Model").set_value(FIT).run()
    app = pressed(app, fit.FIT_LABEL)
    assert not app.exception and not app.info
    app = next(box for box in app.selectbox if box.label == "Units").set_value(4).run()
    app = pressed(app, fit.FIT_LABEL)
    assert not app.exception
    assert says(app, "keeps 1 fitted model (LSTM_VIZ_RUNS), so the oldest was let go: “fitted 8 units of River Fulda”")
    assert [settings.units for settings in app.session_state["fitted_runs"]] == [4]
