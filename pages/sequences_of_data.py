"""A lesson of the course: sequences, their shapes, and how a long one is cut."""

from lstm_viz.ui.lesson import open_lesson
from lstm_viz.ui.sequences_of_data import charts, choose_cut, first_moment, lesson_view
from lstm_viz.ui.stage import stage

lesson = open_lesson("sequences_of_data")
with lesson.main:
    cut = choose_cut()
    view = lesson_view(cut)
    start = first_moment(cut, view)
    view = lesson.view(view, start=start)
    stage(view, charts(cut))
lesson.tell(view, start)
