"""A lesson of the course."""

from lstm_viz.ui.lessons.choose_run import choose_run
from lstm_viz.ui.lessons.contents import all_together
from lstm_viz.ui.lessons.lesson import open_lesson

lesson = open_lesson("all_together")
lesson.show(all_together(choose_run()))
