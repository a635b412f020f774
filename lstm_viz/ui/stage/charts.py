"""The charts of a page's stage: which figures are drawn, and the controls that choose a comparison run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import plotly.graph_objects as go

from lstm_viz.figures.cell.picture import cell_picture
from lstm_viz.figures.gates.checkpoints import checkpoint_strips
from lstm_viz.figures.gates.matrix import COURSE_NEEDS, NEEDS, gate_matrix, gate_vectors
from lstm_viz.figures.memory.lanes import lanes
from lstm_viz.figures.memory.long_runs import overview
from lstm_viz.figures.memory.strips import strips
from lstm_viz.figures.viewport_builder import CHECKPOINTS
from lstm_viz.ui.stage.views import View

Draw = Callable[..., go.Figure]


class Chart(NamedTuple):
    """A figure on the stage: its key, which `?hide=` and the CSS class name, what it needs of the run, and a caption.

    `draw` takes a viewport and a moment, and the palette and whether the screen is `narrow` by name.
    """

    key: str
    draw: Draw
    needs: tuple[str, ...] = ()
    caption: str = ""


class ComparisonProvider(NamedTuple):
    """A comparison run for the run on the stage; its name tells it from others.

    `view_for` gives the view with that run, which reaches at least as far as a number of steps.
    """

    name: str
    view_for: Callable[[int], View]


class ChartControls(NamedTuple):
    """Controls over the chart with this key; `choose` shows them and returns the comparison run that they choose."""

    chart_key: str
    choose: Callable[[], ComparisonProvider]


#: Charts from top to bottom; those of one row stand side by side where there is room.
Rows = Sequence[Sequence[Chart]]

CELL = Chart("cell", cell_picture)
LANES = Chart("lanes", lanes)
OVERVIEW = Chart("overview", overview)
STRIPS = Chart("strips", strips)
#: Gates by checkpoint; the slider over the checkpoints stands above it.
CHECKPOINT_STRIPS = Chart("checkpoint-strips", checkpoint_strips, (CHECKPOINTS,))


def gate_charts(view: View) -> Rows:
    """One gate of the cell opened: its numbers, then its weights. The player shows one of them at most."""
    needs = COURSE_NEEDS if view.trace.layers[0].variant == "course" else NEEDS
    return [[Chart("vectors", gate_vectors, needs)], [Chart("matrix", gate_matrix, needs)]]


def with_gate_charts(view: View, rows: Rows) -> Rows:
    """The rows with the charts of an opened gate under the cell, where a cell stands there alone."""
    if not rows or list(rows[0]) != [CELL] or any(chart.key == "vectors" for row in rows for chart in row):
        return rows
    return [rows[0], *gate_charts(view), *rows[1:]]


def usual_charts(view: View, window: int) -> Rows:
    """The charts that any run has: the cell, the batch, the overview of a long run, the strips."""
    first = view.trace.layers[0]
    charts = [
        (CELL, first.cell_state is not None),
        (LANES, len(view.sequence_names) > 1),
        (OVERVIEW, view.shape[0] > window),
        (STRIPS, True),
    ]
    return [[chart] for chart, is_shown in charts if is_shown]
