"""A lesson of the course."""

from lstm_viz.figures.gates.formulas import REMEMBER_FORMULAS
from lstm_viz.figures.memory.attribution import attribution_areas
from lstm_viz.ui.lessons.choose_run import choose_run
from lstm_viz.ui.lessons.gate_charts import half_life_chart
from lstm_viz.ui.lessons.lesson import open_lesson
from lstm_viz.ui.stage.charts import CELL, Chart

lesson = open_lesson("remember_gate")
view = lesson.view(choose_run(), REMEMBER_FORMULAS)
lesson.show(view, lambda: [[CELL], [Chart("ledger", attribution_areas)], [half_life_chart(view)]])
