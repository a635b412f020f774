"""The first page's introduction: the name, what one looks at in one sentence, and the way to the lessons."""

from __future__ import annotations

from html import escape

import streamlit as st

from lstm_viz.analysis.landmark_steps import landmarks
from lstm_viz.bundled.cards import FIRST_MODEL
from lstm_viz.figures.moment import BEATS, Moment
from lstm_viz.ui.lessons.lesson import link_to_lessons
from lstm_viz.ui.stage.bundled_runs import cards
from lstm_viz.ui.stage.stage import first_unit
from lstm_viz.ui.stage.views import View

#: What one sees of the first model at the moment that the page opens at.
FIRST_SENTENCE = "An LSTM reads letters one by one and must remember the last capital. Watch it drop A when C comes."


def show_introduction(model: str) -> None:
    """Name and sentence, and beside them the link to the first lesson."""
    sentence = FIRST_SENTENCE if model == FIRST_MODEL else cards()[model].description
    with st.container(horizontal=True, vertical_alignment="center", key="introduction"):
        st.html('<h1 class="name">lstm-viz</h1>')
        st.html(f'<p class="sentence">{escape(sentence)}</p>')
        link_to_lessons()


def telling_moment(view: View) -> Moment:
    """Where the followed unit learns most: the beat at which it lets go of what it held before."""
    unit = first_unit(view)
    layer = view.trace.layers[0]
    return Moment(step=landmarks(layer, unit)["write"], beat=BEATS.index("forget"), unit=unit)
