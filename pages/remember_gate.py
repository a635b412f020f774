"""A lesson of the course."""

from lstm_viz.figures.formulas import REMEMBER_FORMULAS
from lstm_viz.figures.ledger_areas import ledger_areas
from lstm_viz.ui.charts import CELL, Chart
from lstm_viz.ui.halves import halves
from lstm_viz.ui.lesson import open_lesson
from lstm_viz.ui.runs import choose_run
from lstm_viz.ui.stage import stage

lesson = open_lesson("remember_gate")
with lesson.main:
    view = lesson.view(choose_run(), REMEMBER_FORMULAS)
    stage(view, [[CELL], [Chart("ledger", ledger_areas)], [halves(view)]])
lesson.tell(view)
