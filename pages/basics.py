"""Basics: one event, two memories, and what comes out; type a sequence and the model answers."""

from dataclasses import replace

from lstm_viz.figures.cell.two_memories import two_memories
from lstm_viz.figures.memory.strips import memory_strips
from lstm_viz.ui.lessons.lesson import default_moment, open_lesson
from lstm_viz.ui.lessons.typed_sequence import typed_view
from lstm_viz.ui.stage.bundled_runs import bundled_view
from lstm_viz.ui.stage.charts import Chart
from lstm_viz.ui.stage.choose_model import choose_model
from lstm_viz.ui.stage.frame import frame

lesson = open_lesson("basics")
model = choose_model()
with frame().below:
    typed = typed_view(model)
view = (typed or bundled_view(model)).presented(hide=("equation", "line", "beats"))
start = replace(default_moment(view), step=view.shape[0] - 1) if typed else None
charts = [[Chart("memories", two_memories)], [Chart("strips", memory_strips)]]
lesson.show(lesson.view(view, start=start), lambda: charts, start=start)
