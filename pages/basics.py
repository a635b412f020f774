"""Basics: one event, two memories, and what comes out; type a sequence and the model answers."""

from dataclasses import replace

import streamlit as st

from lstm_viz.figures.cell.two_memories import two_memories
from lstm_viz.figures.memory.strips import memory_strips
from lstm_viz.ui.lessons.lesson import default_moment, open_lesson
from lstm_viz.ui.lessons.typed_sequence import typed_view
from lstm_viz.ui.stage.bundled_runs import bundled_view
from lstm_viz.ui.stage.charts import Chart
from lstm_viz.ui.stage.choose_model import choose_model
from lstm_viz.ui.stage.stage import stage

lesson = open_lesson("basics")
with lesson.main:
    model = choose_model()
    picture = st.container()
    typed = typed_view(model)
    view = replace(typed or bundled_view(model), hide=("equation", "line", "beats"))
    start = replace(default_moment(view), step=view.shape[0] - 1) if typed else None
    with picture:
        stage(lesson.view(view, start=start), [[Chart("memories", two_memories)], [Chart("strips", memory_strips)]])
lesson.show_text(view, start=start)
