"""The forget gate, by itself, in numbers, and in your own hand."""

from lstm_viz.figures.gates.formulas import FORGET_FORMULAS
from lstm_viz.ui.lessons.choose_run import choose_run
from lstm_viz.ui.lessons.gate_charts import forget_charts
from lstm_viz.ui.lessons.lesson import open_lesson
from lstm_viz.ui.stage.what_if import WHAT_IF, what_if_controls

lesson = open_lesson("forget_gate")
view = lesson.view(choose_run(), FORGET_FORMULAS)
lesson.show(view, lambda: [*forget_charts(), [WHAT_IF]], what_if_controls(view))
