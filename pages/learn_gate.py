"""The learn gate, by itself and in numbers."""

from lstm_viz.ui.lessons.choose_run import choose_run
from lstm_viz.ui.lessons.contents import learn_gate
from lstm_viz.ui.lessons.lesson import open_lesson

lesson = open_lesson("learn_gate")
lesson.show(learn_gate(choose_run()))
