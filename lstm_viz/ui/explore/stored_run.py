"""Stored runs in Explore: zarr stores on the server's disk, of which only the part on the screen is read."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lstm_viz.figures.run_view import StepTexts
from lstm_viz.figures.viewport_builder import order_by_range
from lstm_viz.sequences.formatting import plural
from lstm_viz.storage import TraceFileError
from lstm_viz.storage.zarr.read import StoredTrace, open_trace
from lstm_viz.ui.explore.run import not_drawable_sentence
from lstm_viz.ui.explore.startup_files import stored_runs
from lstm_viz.ui.plain_text import Markdown, as_list, markdown, plain_text
from lstm_viz.ui.session import session
from lstm_viz.ui.stage.choose_model import device_name
from lstm_viz.ui.stage.views import View


def stored_view(bar: DeltaGenerator) -> tuple[View | None, Markdown]:
    """The run chosen among them, to look at, and a sentence on it."""
    runs = stored_runs()
    name = bar.selectbox(
        "Long run", list(runs), key="stored", bind="query-params", label_visibility="collapsed", width=260
    )
    try:
        run = open_trace(runs[str(name)])
    except (TraceFileError, OSError):  # what they say names places on the server
        st.error(
            plain_text(
                f"“{name}” can't be opened as a stored run. Who runs this server can see why with lstm_viz.open_trace."
            )
        )
        return None, plain_text("")
    if not run.activations.is_drawable:
        way = "`lstm-viz show RUN --text`"
        st.error(plain_text(not_drawable_sentence(str(name), run.activations, way)))
        return None, plain_text("")
    if not run.steps:
        st.info("Nothing of this run is there yet. Reload the page in a moment.")
        return None, plain_text("")
    st.caption(markdown("**{name}** — {run}", name=str(name), run=_description(run)))
    first = run.part(0, 1)
    recorded = f"Recorded on {device_name(first)}, {first.agreement}."
    return _view(str(name), run), markdown("{recorded}{notes}", recorded=recorded, notes=as_list(run.notes))


def _description(run: StoredTrace) -> str:
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
