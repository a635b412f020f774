"""The charts of the architecture page: a cell that can be opened, and both cells side by side."""

from __future__ import annotations

from dataclasses import replace

from lstm_viz.figures.cell.comparison import layer_cell_picture
from lstm_viz.figures.run_view import ComparedRun
from lstm_viz.ui.stage.bundled_runs import bundled_run, cards
from lstm_viz.ui.stage.charts import CELL, Chart, Rows, gate_charts
from lstm_viz.ui.stage.choose_model import COURSE_SUFFIX
from lstm_viz.ui.stage.views import View


def with_other_variant(view: View) -> View:
    """The view with the other cell's run of the same task as its comparison run, where both are bundled."""
    key = view.name.split()[0]
    twin = key.removesuffix(COURSE_SUFFIX) if key.endswith(COURSE_SUFFIX) else key + COURSE_SUFFIX
    if key not in cards() or twin not in cards():
        return view
    both = replace(view, compared=[ComparedRun([bundled_run(twin)[0].layers[0]])])
    return both.bundled_as("both cells", *view.identity.choices) if view.identity else both


def architecture_charts(view: View) -> Rows:
    """The cell, which opens to its numbers and its weights in place; then both cells, the standard one first."""
    first = view.trace.layers[0]
    rows = [[CELL], *gate_charts(view)]
    if not view.compared:
        return rows
    own, other = 0, len(view.trace.layers)
    standard, course = (other, own) if first.variant == "course" else (own, other)
    return [*rows, [Chart("standard", layer_cell_picture(standard)), Chart("course", layer_cell_picture(course))]]
