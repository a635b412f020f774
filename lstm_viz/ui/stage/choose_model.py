"""The choice of a bundled model and of its cell, and the caption on the chosen one."""

from __future__ import annotations

import streamlit as st

from lstm_viz.bundled.cards import ModelCard
from lstm_viz.traces import Trace
from lstm_viz.ui.navigation.address import is_shown
from lstm_viz.ui.plain_text import markdown, plain_text
from lstm_viz.ui.session import Session, WidgetState, session
from lstm_viz.ui.stage.bundled_runs import bundled_run, cards
from lstm_viz.ui.stage.frame import frame

COURSE_SUFFIX = "-course"


def choose_model(own: str = "") -> str:
    """The key of the chosen bundled model, in the chosen variant of the cell.

    `own` is one more option, returned as it is. Where the address hides the choice, what it says is taken.
    """
    known = cards()
    shown = {card.title: key for key, card in known.items() if card.variant == "standard"} | ({own: own} if own else {})
    _replace_key_by_title(known)
    _restore_choice(Session.model, session.last_model)
    if not is_shown("model"):
        return _model_from_address(shown)
    with frame().models, st.container(horizontal=True, vertical_alignment="center", key="model-choice"):
        title = st.selectbox(
            "Trained model",
            list(shown),
            key=Session.model.key,
            bind="query-params",
            width=260,
            label_visibility="collapsed",
        )
        session.last_model = title
        key = shown[str(title)]
        if key + COURSE_SUFFIX in known:
            key += _choose_variant()
        if key in known:
            st.markdown(plain_text(known[key].description))
    return key


def _replace_key_by_title(known: dict[str, ModelCard]) -> None:
    """An address may name a model by its key as well; the choice itself is by title."""
    asked = st.query_params.get("model", "")
    if asked in known and session.model is None:
        st.query_params["model"] = session.model = known[asked].title


def _restore_choice(widget: WidgetState[str | None], last: str | None) -> None:
    """A choice made on another page holds here too; Streamlit forgets what stood in the address there."""
    if last is not None and session.page_changed and widget.key not in st.query_params:
        st.query_params[widget.key] = last
        widget.select(last)


def _model_from_address(shown: dict[str, str]) -> str:
    """The model and the cell that the address names; the first model where it names none."""
    asked = st.query_params.get("model", session.last_model or "")
    key = shown.get(asked, next(iter(shown.values())))
    course = st.query_params.get("variant", session.last_variant) == "Course" and key + COURSE_SUFFIX in cards()
    return key + COURSE_SUFFIX * course


def _choose_variant() -> str:
    """Which of the two cells: what is appended to the model's key."""
    variants = {"Standard": "", "Course": COURSE_SUFFIX}
    _restore_choice(Session.variant, session.last_variant)
    chosen = st.segmented_control(
        "Cell",
        list(variants),
        format_func=plain_text,
        default="Standard",
        required=True,
        key=Session.variant.key,
        bind="query-params",
        label_visibility="collapsed",
        width="content",
    )
    session.last_variant = chosen
    return variants[str(chosen)]


def show_model_caption(key: str) -> None:
    """The caption under the charts: the model's accuracy, its training, and the check of the recorded numbers."""
    if not is_shown("captions"):
        return
    card, trace = cards()[key], bundled_run(key)[0]
    trained = f"Trained by {card.trained}. Recorded on {device_name(trace)}, {trace.agreement}."
    checked = "Every number on this page was recorded while the model ran, and checked."
    said = f"{card.held_out.sentence} {checked}"
    st.caption(markdown("**{title}** — {said}", title=card.title, said=said), help=plain_text(trained))


def device_name(trace: Trace) -> str:
    """The device that a run was recorded on, in words."""
    return "the CPU" if trace.device == "cpu" else f"the GPU ({trace.device})"
