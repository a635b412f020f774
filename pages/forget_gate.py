"""The forget gate, by itself, in numbers, and in your own hand."""

from lstm_viz.ui.lessons.choose_run import choose_run
from lstm_viz.ui.lessons.contents import forget_gate
from lstm_viz.ui.lessons.lesson import open_lesson
from lstm_viz.ui.stage.what_if import what_if_controls

lesson = open_lesson("forget_gate")
run = choose_run()
lesson.show(forget_gate(run), what_if_controls(run))
