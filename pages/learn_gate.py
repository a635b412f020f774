"""The learn gate, by itself and in numbers."""

from lstm_viz.figures.gates.formulas import LEARN_FORMULAS
from lstm_viz.ui.lessons.choose_run import choose_run
from lstm_viz.ui.lessons.gate_charts import learn_charts
from lstm_viz.ui.lessons.lesson import open_lesson

lesson = open_lesson("learn_gate")
lesson.show(lesson.view(choose_run(), LEARN_FORMULAS), learn_charts)
