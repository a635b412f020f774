"""An input column above the memory: over the whole run above the overview, and over the window above the strips."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import plotly.graph_objects as go

from lstm_viz.figures import alt_text
from lstm_viz.figures.bindings.evaluate import apply_bindings
from lstm_viz.figures.labels import escape_markup, truncate
from lstm_viz.figures.layout import axis_name, heading
from lstm_viz.figures.memory.strips import panel_span, strips_across
from lstm_viz.figures.moment import Moment
from lstm_viz.figures.palette import FONT, LIGHT, Palette
from lstm_viz.figures.viewport import INPUT_COLUMN, Viewport

#: Heights in pixels, and the margins of the charts below, so that steps stand over steps.
RUN_HEIGHT, RUN_MARGIN, STRIP_HEIGHT, STRIP_MARGIN, TITLE = 74, 40, 66, 30, 20
MAX_NAME_LENGTH = 40


def input_run(
    viewport: Viewport, moment: Moment, *, name: str = "", palette: Palette = LIGHT, narrow: bool = False
) -> go.Figure:
    """The input column over the whole run: between each bin's smallest and largest value."""
    edge = {"mode": "lines", "line": {"width": 1, "color": palette.foreground, "shape": "hvh"}, "hoverinfo": "none"}
    low, high = ({"x": {"label": "bins"}, "y": {"envelope": end, "of": INPUT_COLUMN}} for end in ("low", "high"))
    traces = [
        go.Scatter(meta={"part": "event", "follow": low}, **edge),
        go.Scatter(meta={"part": "event", "follow": high}, fill="tonexty", fillcolor=palette.line, **edge),
    ]
    marks = [{"over": "window", "x": "x", "y": "y"}, {"over": "step", "x": "x", "y": "y"}]
    layout = _layout(name, palette, RUN_HEIGHT, RUN_MARGIN) | {
        "xaxis": _axis() | {"range": [0.5, viewport.total + 0.5], "showticklabels": False},
        "yaxis": _axis() | {"nticks": 3},
        "meta": {
            "follow": {"shapes": {"marks": marks, "colour": palette.foreground}},
            "panels": ["overview"],
            "alt": alt_text.sentence(f"The input column {name} over the whole run."),
        },
    }
    return apply_bindings(go.Figure(traces, layout), viewport, moment)


def input_strip(
    viewport: Viewport,
    moment: Moment,
    *,
    name: str = "",
    across: Callable[[Viewport, Moment], int] = strips_across,
    palette: Palette = LIGHT,
    narrow: bool = False,
) -> go.Figure:
    """The input column over the window, once above each of the strips side by side below, so many `across`."""
    panels = 1 if narrow else across(viewport, moment)
    follow = {"x": {"label": "steps"}, "y": {"extra": INPUT_COLUMN, "select": "window"}}
    traces, axes, marks = [], {}, []
    ranges: dict[str, Any] = {}
    for index in range(panels):
        x, y = axis_name("x", index), axis_name("y", index)
        traces.append(
            go.Scatter(
                mode="lines+markers",
                line={"width": 1.4, "color": palette.foreground, "shape": "hvh"},
                marker={"size": 3, "color": palette.foreground},
                xaxis=x,
                yaxis=y,
                hovertemplate="step %{x:d}: <b>%{y}</b><extra></extra>",
                yhoverformat=".4g",
                meta={"part": "event", "follow": follow},
            )
        )
        left, right = panel_span(index, panels)
        axes[axis_name("xaxis", index)] = _axis() | {"domain": [left, right], "anchor": y, "showticklabels": False}
        axes[axis_name("yaxis", index)] = _axis() | {"anchor": x, "nticks": 3, "showticklabels": index == 0}
        ranges[f"{axis_name('xaxis', index)}.range"] = {"label": "window range"}
        marks.append({"over": "step", "x": x, "y": y})
    layout = _layout(name, palette, STRIP_HEIGHT, STRIP_MARGIN) | axes
    layout["meta"] = {
        "follow": ranges | {"shapes": {"marks": marks, "colour": palette.foreground}},
        "panels": ["steps"],
        "alt": alt_text.sentence(f"The input column {name} at the steps of the strips below."),
    }
    return apply_bindings(go.Figure(traces, layout), viewport, moment)


def _axis() -> dict[str, Any]:
    return {"fixedrange": True, "showgrid": False, "zeroline": False, "ticks": "", "tickfont": {"size": 10}}


def _layout(name: str, palette: Palette, height: int, margin: int) -> dict[str, Any]:
    title = heading(palette, 0) | {"text": f"<b>{escape_markup(truncate(name, MAX_NAME_LENGTH))}</b>  input"}
    return {
        "height": height,
        "margin": {"l": margin, "r": 4 if margin == RUN_MARGIN else 2, "t": TITLE, "b": 4},
        "showlegend": False,
        "dragmode": False,
        "hovermode": "x" if margin == RUN_MARGIN else "closest",
        "font": {"color": palette.muted, "family": FONT},
        "paper_bgcolor": palette.background,
        "plot_bgcolor": palette.surface,
        "annotations": [title],
        "uirevision": "input",
    }
