"""The use gate, by itself and in numbers."""

from lstm_viz.ui.lessons.choose_run import choose_run
from lstm_viz.ui.lessons.contents import use_gate
from lstm_viz.ui.lessons.lesson import open_lesson

lesson = open_lesson("use_gate")
lesson.show(use_gate(choose_run()))
