"""Outlines: Plotly shapes that mark the followed step, unit and sequence on every strip at once."""

from __future__ import annotations

from typing import Any

from lstm_viz.figures.moment import Moment
from lstm_viz.figures.viewport import Viewport

Mark = dict[str, Any]


def outlines(marks: list[Mark], colour: str, viewport: Viewport, moment: Moment) -> list[dict[str, Any]]:
    """Plotly shapes for marks such as {"over": "step", "x": "x2", "y": "y2"}.

    A window is marked on the whole run; a part is the step's among parts of so many "steps", out of "total".
    A step's outline runs over the panel's height; a unit's or a sequence's over its width.
    """
    return [_outline(mark, colour, viewport, moment) for mark in marks]


def _outline(mark: Mark, colour: str, viewport: Viewport, moment: Moment) -> dict[str, Any]:
    shape = {"type": "rect", "layer": "above", "line": {"color": colour, "width": 1.6 if mark["over"] == "step" else 1}}
    if mark["over"] == "step":
        across = {"xref": mark["x"], "x0": moment.step + 0.5, "x1": moment.step + 1.5}
        return shape | across | {"yref": f"{mark['y']} domain", "y0": 0, "y1": 1}
    if mark["over"] == "part":
        return shape | {"line": {"color": colour, "width": 2.4}} | _part(mark, moment)
    if mark["over"] == "from":
        return (
            shape
            | {"line": {"width": 0}, "fillcolor": colour, "opacity": 0.07, "layer": "below"}
            | _from(mark, viewport)
        )
    if mark["over"] == "window":
        return shape | {"fillcolor": colour, "opacity": 0.25} | _window(mark, viewport, moment)
    row = moment.sequence if mark["over"] == "sequence" else _row(viewport, moment)
    along = {"yref": mark["y"], "y0": row - 0.5, "y1": row + 0.5}
    return shape | along | {"xref": f"{mark['x']} domain", "x0": 0, "x1": 1}


def _part(mark: Mark, moment: Moment) -> dict[str, Any]:
    """The step's part of a run that is cut into parts of equal length."""
    start = moment.step // mark["steps"] * mark["steps"]
    along = {"xref": mark["x"], "x0": start + 0.5, "x1": min(start + mark["steps"], mark["total"]) + 0.5}
    return along | {"yref": f"{mark['y']} domain", "y0": 0, "y1": 1}


def _window(mark: Mark, viewport: Viewport, moment: Moment) -> dict[str, Any]:
    """The window on the whole run; a person may drag it."""
    stop = min(moment.window + viewport.window, viewport.total)
    along = {"xref": mark["x"], "x0": moment.window + 0.5, "x1": stop + 0.5}
    return along | {"yref": f"{mark['y']} domain", "y0": 0, "y1": 1}


def _from(mark: Mark, viewport: Viewport) -> dict[str, Any]:
    """All steps from one on, which a caption gives."""
    along = {"xref": mark["x"], "x0": viewport.captions[mark["step"]] + 0.5, "x1": viewport.total + 0.5}
    return along | {"yref": f"{mark['y']} domain", "y0": 0, "y1": 1}


def _row(viewport: Viewport, moment: Moment) -> int:
    rows = viewport.shown_rows(moment.layer, moment.unit)
    return rows.index(viewport.row_of(moment.layer, moment.unit))
