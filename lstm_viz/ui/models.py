"""Choosing one of the bundled models, and what is said of it."""

from __future__ import annotations

import streamlit as st

from lstm_viz.traces import Trace
from lstm_viz.ui.bundled import bundled_run, cards
from lstm_viz.ui.teaching import shows

COURSE = "-course"


def choose_model(own: str = "") -> str:
    """The key of the bundled model that a person chose, in the cell's variant that they chose.

    `own` is one more thing to choose, given back as it is. Where the address hides the choice, what it
    says is taken.
    """
    known = cards()
    shown = [key for key, card in known.items() if card.variant == "standard"] + [own] * bool(own)
    if not shows("model"):
        return _in_address(shown)
    with st.container(horizontal=True, vertical_alignment="center", key="choose"):
        key = st.selectbox(
            "Trained model",
            shown,
            format_func=lambda name: known[name].title if name in known else name,
            key="model",
            bind="query-params",
            width=260,
            label_visibility="collapsed",
        )
        if key + COURSE in known:
            key += _variant()
        if key in known:
            st.markdown(known[key].description)
    return key


def _in_address(shown: list[str]) -> str:
    """The model and the cell that the address names; the first model where it names none."""
    key = st.query_params.get("model", "")
    key = key if key in shown else shown[0]
    course = st.query_params.get("variant") == "Course" and key + COURSE in cards()
    return key + COURSE * course


def _variant() -> str:
    """Which of the two cells: what is appended to the model's key."""
    variants = {"Standard": "", "Course": COURSE}
    chosen = st.segmented_control(
        "Cell",
        list(variants),
        default="Standard",
        required=True,
        key="variant",
        bind="query-params",
        label_visibility="collapsed",
        width="content",
    )
    return variants[str(chosen)]


def tell_of_model(key: str) -> None:
    """Under the charts: how well the model does, and that the numbers are right."""
    if not shows("captions"):
        return
    card, trace = cards()[key], bundled_run(key)[0]
    trained = f"Trained by {card.trained}. Recorded on {device_name(trace)}, {trace.agreement}."
    st.caption(f"**{card.title}** — {card.held_out.sentence} {trained}")


def device_name(trace: Trace) -> str:
    """Where a run was recorded, as a person says it."""
    return "the CPU" if trace.device == "cpu" else f"the GPU ({trace.device})"
