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
from lstm_viz.ui.stage.stage import stage

lesson = open_lesson("sequences_of_data")
with lesson.main:
    cut = choose_windows()
    view = lesson_view(cut)
    start = first_moment(cut, view)
    view = lesson.view(view, start=start)
    stage(view, lesson_charts(cut))
lesson.show_text(view, start, look=lesson_observation(cut, start.unit), ask=lesson_question(cut))
