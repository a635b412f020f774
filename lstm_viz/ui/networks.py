"""The model beside a sequence: the bundled one that was trained for it, or a small one fitted here and now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import streamlit as st

from lstm_viz.sequences.batches import SequenceBatch
from lstm_viz.sequences.choices import Choices
from lstm_viz.traces import Trace
from lstm_viz.ui.bundled import bundled_run, cards
from lstm_viz.ui.fits import Plan, fitted_run
from lstm_viz.ui.models import device_name
from lstm_viz.ui.own import Source

UNITS = (4, 8, 16, 32, 64)


@dataclass(frozen=True, eq=False)
class Run:
    """A model's run on a batch, and its answers; `name` tells it from every other of the session."""

    name: str
    trace: Trace
    answers: np.ndarray


class Wish(NamedTuple):
    """What a person asked for: the bundled model, or a fit of this size and kind."""

    bundled: bool
    units: int
    variant: str


def choose_network(source: Source, batch: SequenceBatch, choices: Choices) -> Run | None:
    """The run to look at; None while a fit was cancelled or there is nothing to learn from."""
    trained = source.example.model if source.example and choices == source.suggested else None
    wish = _wish(trained)
    if wish.bundled and trained:
        trace, answers = bundled_run(trained)
        st.caption(f"{cards()[trained].description} Recorded on {device_name(trace)}, {trace.agreement}.")
        return Run(f"bundled {trained}", trace, answers)
    run = fitted_run(Plan(source.identity, choices, wish.units, wish.variant), batch)
    if run is None:
        return None
    name, trace, answers, said = run
    st.caption(f"{said} Recorded on {device_name(trace)}, {trace.agreement}.")
    return Run(name, trace, answers)


def _wish(trained: str | None) -> Wish:
    options = ["Fit a small one"] if trained is None else [cards()[trained].title, "Fit a small one"]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox("Model", options, key=f"network {trained}", width=260)
        if trained is not None and chosen == options[0]:
            return Wish(True, 0, "standard")
        units = st.selectbox("Units", UNITS, UNITS.index(8), key="units", persist_state="session", width=90)
        variant = st.selectbox(
            "Cell",
            ("standard", "course"),
            key="cell variant",
            format_func=str.capitalize,
            persist_state="session",
            width=130,
        )
    return Wish(False, int(units), str(variant))
