"""The learn gate, by itself and in numbers."""

from lstm_viz.figures.formulas import LEARN_FORMULAS
from lstm_viz.ui.gates import learn_charts
from lstm_viz.ui.lesson import open_lesson
from lstm_viz.ui.runs import choose_run
from lstm_viz.ui.stage import stage

lesson = open_lesson("learn_gate")
with lesson.main:
    view = lesson.view(choose_run(), LEARN_FORMULAS)
    stage(view, learn_charts())
lesson.tell(view)
