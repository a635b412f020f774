"""The containers that stay in the browser from page to page, and the stage that is drawn into them.

With `st.navigation` the browser keeps what the router's script drew while another page is opened, and clears what a
page's own script drew. So a page says what its stage shows, and the router draws it once the page has run: the player,
the cell and a lesson's text keep their place, and only what differs is drawn anew.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import NamedTuple

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lstm_viz.ui.stage.charts import ChartControls, Rows
from lstm_viz.ui.stage.stage import stage
from lstm_viz.ui.stage.views import View


class StageContent(NamedTuple):
    """The content of a page's stage: the view, its charts and their controls, and what draws the text beside them."""

    view: View
    rows: Rows = ()
    controls: ChartControls | None = None
    draw_text: Callable[[], None] | None = None


@dataclass
class Frame:
    """The stage's containers, the same on every page, and what the page that runs shows in them."""

    text: DeltaGenerator
    #: A page's own controls over the player, and the choice of a model.
    controls: DeltaGenerator
    models: DeltaGenerator
    charts: DeltaGenerator
    below: DeltaGenerator
    content: StageContent | None = None


_current: ContextVar[Frame | None] = ContextVar("frame", default=None)


def run_page(run: Callable[[], None], has_stage: bool = True) -> None:
    """Runs a page's script, then draws the stage that it asked for: the router's own, since the router calls this."""
    if not has_stage:
        st.empty()  # in the stage's place: what another page left there goes at once
        return run()
    frame = _open_frame()
    token = _current.set(frame)
    try:
        run()
    finally:
        _current.reset(token)
    if frame.content is not None:
        _draw(frame, frame.content)


def _open_frame() -> Frame:
    with st.container(key="stage"):
        side, main = st.columns([0.27, 0.73], gap="medium")
        return Frame(
            text=side.container(key="lesson-column"),
            controls=main.container(key="page-controls"),
            models=main.container(key="model-box"),
            charts=main.container(key="stage-charts"),
            below=main.container(key="stage-below"),
        )


def frame() -> Frame:
    """The frame of the page that runs; LookupError where no router opened one."""
    found = _current.get()
    if found is None:
        raise LookupError("No frame is open: the router runs a page by run_page.")
    return found


def show_stage(content: StageContent) -> None:
    """Has this stage drawn once the page has run."""
    frame().content = content


def _draw(frame: Frame, content: StageContent) -> None:
    """The text comes first: it is what is read, and it moves the charts that are there already."""
    if content.draw_text is not None:
        with frame.text:
            content.draw_text()
    with frame.charts:
        stage(content.view, content.rows, content.controls)
