"""Architecture: the whole cell, each gate opened in place, both cells side by side, and every tensor's shape."""

import streamlit as st

from lstm_viz.ui.lessons.architecture import SHAPES, cell_spec
from lstm_viz.ui.lessons.choose_run import choose_run
from lstm_viz.ui.lessons.contents import architecture
from lstm_viz.ui.lessons.lesson import open_lesson
from lstm_viz.ui.lessons.shape_inspector import folded_shape_inspector
from lstm_viz.ui.stage.frame import frame

lesson = open_lesson("architecture")
run = choose_run()
lesson.show(architecture(run))
with frame().below, st.container(key=SHAPES):
    folded_shape_inspector(cell_spec(run))
