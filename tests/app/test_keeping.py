"""What Explore offers as pages that play by themselves: the run that is looked at, with its names and answers."""

from __future__ import annotations

import pytest
from streamlit.delta_generator import DeltaGenerator
from streamlit.testing.v1 import AppTest

from lstm_viz.bundled import first_view
from lstm_viz.sequences import load_example
from lstm_viz.ui.explore.run import Run


def test_both_pages_are_those_that_the_trace_gives(monkeypatch: pytest.MonkeyPatch):
    offered: dict = {}

    def button(self, label, data, file_name, *more, **options) -> None:
        offered[label] = file_name, data

    def script() -> None:
        import streamlit as st

        from lstm_viz.ui.explore.export import offer_pages

        offer_pages(*st.session_state["run"], "my-run")

    monkeypatch.setattr(DeltaGenerator, "download_button", button)
    trace, answers = first_view()
    batch = load_example("recall")
    app = AppTest.from_function(script, default_timeout=600)
    app.session_state["run"] = Run("bundled recall", trace, answers, "A model."), batch
    assert not app.run().exception
    assert [name for name, _ in offered.values()] == ["my-run-picture.html", "my-run-report.html"]
    given = {"batch": batch, "answers": answers, "title": batch.source}
    assert offered["Save picture"][1]() == trace.show(**given).html.encode()
    report = offered["Save report"][1]().decode()
    assert report == trace.report(**given).html
    assert f"<h1>{batch.source}</h1>" in report and "Units to look at" in report
