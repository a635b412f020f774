"""Choosing one of the bundled models, and what is said of it."""

from __future__ import annotations

import streamlit as st

from lstm_viz.models import ModelCard
from lstm_viz.traces import Trace
from lstm_viz.ui.bundled import bundled_run, bundled_view, cards
from lstm_viz.ui.views import View

COURSE = "-course"


def choose_model() -> View:
    """The bundled model that a person chose, in the cell's variant that they chose, at work on its example."""
    known = cards()
    shown = [key for key, card in known.items() if card.variant == "standard"]
    with st.container(horizontal=True, vertical_alignment="bottom", key="choose"):
        key = st.selectbox(
            "Trained model",
            shown,
            format_func=lambda name: known[name].title,
            key="model",
            bind="query-params",
            width=300,
        )
        if key + COURSE in known:
            key += _variant()
        st.markdown(_said_of(known[key], bundled_run(key)[0]))
    return bundled_view(key)


def _variant() -> str:
    """Which of the two cells: what is appended to the model's key."""
    variants = {"standard": "", "course": COURSE}
    chosen = st.segmented_control(
        "Cell",
        list(variants),
        default="standard",
        required=True,
        key="variant",
        bind="query-params",
        format_func=str.capitalize,
        help="The standard cell is `torch.nn.LSTM`: its use gate reads the new long-term memory. The course's cell "
        "has weights of its own there, and reads what the forget gate left.",
    )
    return variants[str(chosen)]


def _said_of(card: ModelCard, trace: Trace) -> str:
    """A line for the person: what the model does, how well, and that the numbers are right."""
    checked = f"recorded on {device_name(trace)}, {trace.agreement}"
    return f"{card.description} :gray[{card.metric}: {card.score:.3g} · {checked}]"


def device_name(trace: Trace) -> str:
    """Where a run was recorded, as a person says it."""
    return "the CPU" if trace.device == "cpu" else f"the GPU ({trace.device})"
