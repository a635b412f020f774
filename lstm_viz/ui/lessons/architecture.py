"""The charts of the architecture page: a cell that can be opened, and both cells side by side."""

from __future__ import annotations

from dataclasses import replace

from lstm_viz.figures.cell.comparison import layer_cell_picture
from lstm_viz.figures.run_view import ComparedRun
from lstm_viz.lessons.page_text import LessonItem
from lstm_viz.lessons.tensor_shapes import Spec
from lstm_viz.sequences.formatting import plural
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


#: The key of the container that holds the shape inspector, which a link in the text opens.
SHAPES = "shapes"


def cell_spec(view: View) -> Spec:
    """The sizes of the run on the screen, for the shape inspector."""
    trace, (steps, batch) = view.trace, view.shape
    first = trace.layers[0]
    return Spec(
        first.event.shape[-1],
        first.units,
        batch,
        steps,
        len(trace.layers) // trace.directions,
        bidirectional=trace.directions > 1,
        cell="course" if first.variant == "course" else "standard",
    )


def shapes_item(view: View) -> LessonItem:
    """The paragraph that leads to the shape inspector, which is filled in with the sizes of this cell."""
    spec = cell_spec(view)
    batch, steps = plural(spec.batch, "sequence"), plural(spec.steps, "step")
    features, units = plural(spec.input_size, "feature"), plural(spec.hidden_size, "unit")
    text = (
        "In code most mistakes are wrong shapes: steps and sequences exchanged, or a size that does not fit. "
        f'The <a href="#{SHAPES}" data-opens="{SHAPES}">shape inspector</a> shows how large every tensor is. '
        f"It begins with this cell: {units}, and {batch} of {steps} with {features} each."
    )
    return {"kind": "link", "html": f"<p>{text}</p>", "moment": None, "light": []}
