"""A lesson of the course."""

from lstm_viz.ui.lessons.choose_run import choose_run
from lstm_viz.ui.lessons.lesson import open_lesson
from lstm_viz.ui.stage.stage import stage

lesson = open_lesson("all_together")
with lesson.main:
    view = lesson.view(choose_run())
    stage(view)
lesson.show_text(view)
