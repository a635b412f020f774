"""Export in Explore: the whole trace, a chosen part and its size, and the pages that play by themselves."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest
import torch
from streamlit.delta_generator import DeltaGenerator
from streamlit.testing.v1 import AppTest
from torch import nn

import lstm_viz
from lstm_viz.bundled import first_view
from lstm_viz.sequences import load_example
from lstm_viz.sequences.batch import SequenceBatch
from lstm_viz.traces import LayerTrace, Trace
from lstm_viz.ui.explore.run import Run


def run_of(steps: int = 6) -> tuple[Trace, SequenceBatch]:
    """Two sequences, the second shorter, and a layer for each of two directions."""
    torch.manual_seed(0)
    values, lengths = torch.randn(steps, 2, 3), [steps, steps - 2]
    labels = np.array([[f"day {step}" for _ in lengths] for step in range(steps)])
    names = ("rain", "snow", "wind")
    batch = SequenceBatch(values.numpy(), names, np.array(lengths), ("a", "b"), np.zeros(3), np.ones(3), labels)
    return lstm_viz.trace(nn.LSTM(3, 5, bidirectional=True), values, lengths=lengths), batch


def large_run() -> tuple[Trace, SequenceBatch]:
    """10,000 steps of 1,024 units that take no memory."""
    array = np.broadcast_to(np.float32(0.5), (10_000, 1, 1024))
    names = ("hidden_state", "input_gate", "forget_gate", "candidate", "output_gate", "cell_state")
    start, lengths = array[0], np.array([10_000])
    layer = LayerTrace(
        name="l0",
        variant="standard",
        event=array[..., :1],
        initial_hidden_state=start,
        initial_cell_state=start,
        lengths=lengths,
        preactivations={"forget_gate": array},
        **dict.fromkeys(names, array),
    )
    labels = np.full((10_000, 1), "day")
    batch = SequenceBatch(array[..., :1], ("rain",), lengths, ("a",), np.zeros(1), np.ones(1), labels)
    return Trace((layer,), array, (start[None], start[None]), lengths), batch


@pytest.fixture
def offered(monkeypatch) -> dict:
    """What the page's download buttons would give, by their labels."""
    found: dict = {}

    def button(self, label, data, file_name, *more, **options) -> None:
        found[label] = (file_name, data)

    monkeypatch.setattr(DeltaGenerator, "download_button", button)
    return found


def page(run: tuple[Trace, SequenceBatch | None]) -> AppTest:
    def script() -> None:
        import streamlit as st

        from lstm_viz.ui.explore.export import offer_files

        trace, batch = st.session_state["run"]
        offer_files(trace.named(batch) if batch else trace, "my-run")

    app = AppTest.from_function(script, default_timeout=600)
    app.session_state["run"] = run
    return app.run()


def made(offered: dict, kind: str) -> io.BytesIO:
    ((name, data),) = [entry for label, entry in offered.items() if label.startswith(f"Make the {kind}")]
    assert name == f"my-run.{kind.lower()}"
    return io.BytesIO(data())


def test_the_whole_trace_is_offered(offered, tmp_path):
    run = run_of()
    assert not page(run).exception
    name, data = offered["Run (netCDF, .nc)"]
    (tmp_path / name).write_bytes(data())
    assert np.array_equal(lstm_viz.load_trace(tmp_path / "my-run.nc").output, run[0].output)


def test_the_part_that_was_chosen_is_what_comes(offered):
    run = run_of()
    app = page(run)
    app.multiselect(key="export records").set_value(["event", "forget_gate"])
    app.multiselect(key="export layers").set_value(["l0_reverse"])
    app.multiselect(key="export units").set_value([4, 1])
    app.multiselect(key="export sequences").set_value([1])
    app.slider(key="export steps").set_value((2, 4))
    offered.clear()
    assert not app.run().exception
    frame = pd.read_csv(made(offered, "CSV"))
    assert frame["step_label"].tolist() == ["day 1", "day 2", "day 3"] and set(frame["sequence_name"]) == {"b"}
    found = frame[["forget_gate[4]", "forget_gate[1]"]].to_numpy(np.float32)
    assert np.array_equal(found, run[0].layer("l0_reverse").forget_gate[1:4, 1][:, [4, 1]])
    assert [name for name in frame.columns if name.startswith("event")] == ["event[rain]", "event[snow]", "event[wind]"]


def test_every_format_and_the_long_form(offered):
    run = run_of()
    app = page(run)
    app.toggle(key="export long").set_value(True)
    app.segmented_control(key="export kind").set_value("parquet").run()
    long = pd.read_parquet(made(offered, "Parquet"))
    assert {"layer", "record", "unit", "feature", "value"} <= set(long.columns)
    offered.clear()
    app.segmented_control(key="export kind").set_value("npz").run()
    with np.load(made(offered, "NPZ"), allow_pickle=False) as arrays:
        assert np.array_equal(arrays["l0.cell_state"], run[0].layers[0].cell_state, equal_nan=True)
    assert "2 sequences" in app.caption[-1].value and not app.exception


def test_a_large_file_is_announced_not_made(offered):
    app = page(large_run())
    assert [label for label in offered if label.startswith("Make")] == []
    assert "at most 200 MB" in app.warning[0].value and "10,000 rows of 3,073 numbers" in app.caption[-1].value
    app.multiselect(key="export units").set_value([7]).run()
    frame = pd.read_csv(made(offered, "CSV"))
    assert not app.warning and frame.shape == (10_000, 4 + 1 + 3)


def test_nothing_chosen_is_said(offered):
    app = page(run_of())
    app.multiselect(key="export records").set_value([])
    offered.clear()
    app.run()
    assert app.info[0].value == "Choose at least one record." and list(offered) == ["Run (netCDF, .nc)"]


def test_a_run_without_names_has_numbers(offered):
    page((run_of()[0], None))
    frame = pd.read_csv(made(offered, "CSV"))
    assert "step_label" not in frame and "event[0]" in frame


def test_both_pages_are_those_that_the_trace_gives(offered):
    def script() -> None:
        import streamlit as st

        from lstm_viz.ui.explore.export import offer_pages

        offer_pages(*st.session_state["run"], "my-run")

    trace, answers = first_view()
    batch = load_example("recall")
    app = AppTest.from_function(script, default_timeout=600)
    app.session_state["run"] = Run("bundled recall", "Recall", trace, answers, "A model."), batch
    assert not app.run().exception
    assert [name for name, _ in offered.values()] == ["my-run-picture.html", "my-run-report.html"]
    given = {"batch": batch, "answers": answers, "title": batch.source}
    assert offered["Playing picture (HTML)"][1]() == trace.show(**given).html.encode()
    report = offered["Report (HTML)"][1]().decode()
    assert report == trace.report(**given).html
    assert f"<h1>{batch.source}</h1>" in report and "Units to look at" in report
