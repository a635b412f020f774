"""A lesson of the course."""

from lstm_viz.ui.lesson import open_lesson
from lstm_viz.ui.runs import choose_run
from lstm_viz.ui.stage import stage

lesson = open_lesson("basics")
with lesson.main:
    view = lesson.view(choose_run())
    stage(view)
lesson.tell(view)
