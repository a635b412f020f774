"""The use gate, by itself and in numbers."""

from lstm_viz.figures.gates.formulas import COURSE_USE_FORMULAS, USE_FORMULAS
from lstm_viz.ui.lessons.choose_run import choose_run
from lstm_viz.ui.lessons.gate_charts import use_charts, with_answer_probabilities
from lstm_viz.ui.lessons.lesson import open_lesson

lesson = open_lesson("use_gate")
run = with_answer_probabilities(choose_run())
course = run.trace.layers[0].variant == "course"
view = lesson.view(run, COURSE_USE_FORMULAS if course else USE_FORMULAS)
lesson.show(view, lambda: use_charts(view))
