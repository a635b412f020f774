"""The forget gate, by itself, in numbers, and in your own hand."""

from lstm_viz.figures.formulas import FORGET_FORMULAS
from lstm_viz.ui.gates import forget_charts
from lstm_viz.ui.lesson import open_lesson
from lstm_viz.ui.runs import choose_run
from lstm_viz.ui.stage import stage
from lstm_viz.ui.what_if import WHAT_IF, holding

lesson = open_lesson("forget_gate")
with lesson.main:
    view = lesson.view(choose_run(), FORGET_FORMULAS)
    stage(view, [*forget_charts(), [WHAT_IF]], holding(view))
lesson.tell(view)
