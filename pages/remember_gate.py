"""A lesson of the course."""

from lstm_viz.ui.lessons.choose_run import choose_run
from lstm_viz.ui.lessons.contents import remember_gate
from lstm_viz.ui.lessons.lesson import open_lesson

lesson = open_lesson("remember_gate")
lesson.show(remember_gate(choose_run()))
