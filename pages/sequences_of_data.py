"""A lesson of the course: sequences, their shapes, and how a long one is cut."""

from lstm_viz.ui.lessons.lesson import open_lesson
from lstm_viz.ui.lessons.sequences_of_data import (
    choose_windows,
    first_moment,
    lesson_charts,
    lesson_observation,
    lesson_question,
    lesson_view,
)
from lstm_viz.ui.stage.frame import frame

lesson = open_lesson("sequences_of_data")
with frame().models:
    cut = choose_windows()
view = lesson_view(cut)
start = first_moment(cut, view)
lesson.show(
    lesson.view(view, start=start),
    lambda: lesson_charts(cut),
    start=start,
    look=lesson_observation(cut, start.unit),
    ask=lesson_question(cut),
)
