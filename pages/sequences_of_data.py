"""A lesson of the course: sequences, their shapes, and how a long one is cut."""

from lstm_viz.ui.lessons.contents import sequences_of_data
from lstm_viz.ui.lessons.lesson import open_lesson
from lstm_viz.ui.lessons.sequences_of_data import choose_windows
from lstm_viz.ui.stage.frame import frame

lesson = open_lesson("sequences_of_data")
with frame().models:
    cut = choose_windows()
lesson.show(sequences_of_data(cut))
