"""A lesson of the course: sequences, their shapes, and how a long one is cut."""

from lstm_viz.ui.lessons.lesson import open_lesson, said
from lstm_viz.ui.lessons.sequences_of_data import ask, charts, choose_cut, first_moment, lesson_view, look
from lstm_viz.ui.stage.stage import stage

lesson = open_lesson("sequences_of_data")
with lesson.main:
    cut = choose_cut()
    view = lesson_view(cut)
    start = first_moment(cut, view)
    view = lesson.view(view, start=start)
    stage(view, charts(cut))
found = look(cut, start.unit)
lesson.tell(view, start, look=said("look", found.text, found.moment), ask=ask(cut))
