"""Runs that lie on the server's own disk, named by the person who started it, looked at piece by piece."""

from __future__ import annotations

import os
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lstm_viz.figures.run_view import StepTexts
from lstm_viz.figures.viewport_builder import order_by_range
from lstm_viz.sequences.formatting import plural
from lstm_viz.storage import TraceFileError
from lstm_viz.storage.zarr.read import StoredTrace, open_trace
from lstm_viz.ui.session import session
from lstm_viz.ui.stage.choose_model import device_name
from lstm_viz.ui.stage.views import View

#: Names stored runs, or folders of such, with os.pathsep between them. The address bar can't: it only chooses.
STORED_RUNS = "LSTM_VIZ_RUNS"


def stored_runs() -> dict[str, Path]:
    """Every stored run that this server was started for, by its name."""
    given = [Path(place) for place in os.environ.get(STORED_RUNS, "").split(os.pathsep) if place]
    return {place.name: place for found in given for place in _runs_in(found)}


def _runs_in(place: Path) -> list[Path]:
    """The place itself where it is a run, or the runs in it."""
    if (place / "zarr.json").is_file():
        return [place]
    return sorted(inner.parent for inner in place.glob("*/zarr.json"))


def stored_view(bar: DeltaGenerator) -> tuple[View | None, str]:
    """The run chosen among them, to look at, and a sentence on it."""
    runs = stored_runs()
    name = bar.selectbox(
        "Long run", list(runs), key="stored", bind="query-params", label_visibility="collapsed", width=260
    )
    try:
        run = open_trace(runs[str(name)])
    except (TraceFileError, OSError):  # what they say names places on the server
        st.error(
            f"“{name}” can't be opened as a stored run. Who runs this server can see why with lstm_viz.open_trace."
        )
        return None, ""
    if not run.steps:
        st.info("Nothing of this run is there yet. Reload the page in a moment.")
        return None, ""
    st.caption(f"**{name}** — {_described(run)}")
    return _view(str(name), run), f"Recorded on {device_name(run.part(0, 1))}, {run.part(0, 1).agreement}."


def _described(run: StoredTrace) -> str:
    shape = run.shape
    sizes = f"{plural(run.steps, 'step')}, {plural(shape.sequences, 'sequence')}, {plural(shape.units, 'unit')}"
    so_far = "" if run.finished else " It is still growing: reload the page to see what has come since."
    return f"{sizes} in {plural(shape.layers, 'layer')}, read from the server's disk piece by piece.{so_far}"


def _view(name: str, run: StoredTrace) -> View:
    """The view, made once a session for each state of a run."""
    key = f"stored {name} {run.steps}"
    return session.stored_view.cached(
        key, lambda: View(run, StepTexts(), run.features, run.sequences, order_by_range(run), name=key)
    )
