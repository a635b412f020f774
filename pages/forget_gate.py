"""The forget gate, by itself, in numbers, and in your own hand."""

import streamlit as st

from lstm_viz.figures.formulas import FORGET_FORMULAS
from lstm_viz.ui.gates import forget_charts
from lstm_viz.ui.lesson import followed, open_lesson
from lstm_viz.ui.runs import choose_run
from lstm_viz.ui.stage import stage
from lstm_viz.ui.what_if import WHAT_IF, choose_held, with_held

lesson = open_lesson("forget_gate")
with lesson.main:
    run = choose_run()
    picture = st.container()
    held = choose_held(run, followed(run))
    view = lesson.view(with_held(run, held), FORGET_FORMULAS)
    with picture:
        stage(view, [*forget_charts(), [WHAT_IF]])
lesson.tell(view)
