"""Basics: one event, two memories, and what comes out; type a sequence and the model answers."""

from lstm_viz.ui.lessons.contents import basics
from lstm_viz.ui.lessons.lesson import open_lesson
from lstm_viz.ui.lessons.typed_sequence import typed_view
from lstm_viz.ui.stage.bundled_runs import bundled_view
from lstm_viz.ui.stage.choose_model import choose_model
from lstm_viz.ui.stage.frame import frame

lesson = open_lesson("basics")
model = choose_model()
with frame().below:
    typed = typed_view(model)
lesson.show(basics(typed or bundled_view(model), typed=typed is not None))
