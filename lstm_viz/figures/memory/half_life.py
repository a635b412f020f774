"""Half-life of each unit's memory: after how many steps half of it is gone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Float

from lstm_viz.figures import alt_text
from lstm_viz.figures.bindings.evaluate import apply_bindings
from lstm_viz.figures.formats import plain
from lstm_viz.figures.layout import heading
from lstm_viz.figures.moment import Moment
from lstm_viz.figures.palette import FONT, LIGHT, Palette
from lstm_viz.figures.viewport import Viewport

ROW, TITLE, FOOT, MARGIN = 19, 24, 34, 40
#: A part of a sentence: a text or a binding.
Part = str | dict[str, Any]
#: Half-lives in steps beyond which a bar says no more.
MIN_HALF_LIFE, MAX_HALF_LIFE = 0.1, 10_000.0
TICKS = [front * 10.0**place for place in range(-1, 5) for front in (1, 2, 5)]


def half_lives(
    viewport: Viewport,
    moment: Moment,
    *,
    average: Sequence[Float[np.ndarray, " hidden"]],
    median: Sequence[Float[np.ndarray, " hidden"]],
    palette: Palette = LIGHT,
    narrow: bool = False,
) -> go.Figure:
    """One bar a unit on a log axis, the followed unit outlined.

    `average` has every unit's half-life at its average factor, layer by layer, `median` the one at its median factor,
    which is a diamond.
    """
    bars_at, diamonds_at = [_clipped(part) for part in average], [_clipped(part) for part in median]
    texts = _texts(average)
    bars = go.Bar(
        orientation="h",
        marker={"color": palette.remember, "line": {"width": 0}},
        textposition="outside",
        textfont={"size": 11},
        constraintext="none",
        cliponaxis=False,
        hovertemplate="unit %{customdata}: half is gone after %{text}<extra></extra>",
        meta={"part": "cell_state", "follow": _bars(bars_at, texts)},
    )
    rows = len(viewport.shown_rows(moment.layer, moment.unit))
    parts = [bars, _length(viewport, palette), _diamonds(diamonds_at, median, palette)]
    layout = _layout(rows, [*bars_at, *diamonds_at], _caption(texts, _texts(median)), palette, narrow)
    return apply_bindings(go.Figure(parts, layout), viewport, moment)


def duration_text(steps: float) -> str:
    """A half-life as text.

    >>> duration_text(2.34), duration_text(1234.0), duration_text(float("inf"))
    ('2.3 steps', '1,234 steps', 'more than 10,000 steps')
    """
    if steps > MAX_HALF_LIFE:
        return f"more than {MAX_HALF_LIFE:,.0f} steps"
    return f"{plain(steps, 1)} steps" if steps < 10 else f"{steps:,.0f} steps"


def _texts(steps_by_layer: Sequence[np.ndarray]) -> list[list[str]]:
    return [[duration_text(steps) for steps in part.tolist()] for part in steps_by_layer]


def _diamonds(between: list[list[float]], median: Sequence[np.ndarray], palette: Palette) -> go.Scatter:
    """At the factor that stands in the middle: between the steps that wipe a memory, it lasts as long as this."""
    follow = {
        "y": {"label": "rows"},
        "x": {"per_unit": between, "select": "units"},
        "text": {"per_unit": _texts(median), "select": "units"},
    }
    return go.Scatter(
        mode="markers",
        marker={
            "symbol": "diamond",
            "size": 10,
            "color": palette.background,
            "line": {"color": palette.foreground, "width": 1.6},
        },
        hovertemplate="at the middle factor: %{text}<extra></extra>",
        meta={"part": "cell_state", "follow": follow},
    )


def _clipped(half_lives: np.ndarray) -> list[float]:
    return [float(f"{steps:.5g}") for steps in np.clip(half_lives, MIN_HALF_LIFE, MAX_HALF_LIFE).tolist()]


def _bars(known: list[list[float]], texts: list[list[str]]) -> dict[str, Any]:
    return {
        "y": {"label": "rows"},
        "x": {"per_unit": known, "select": "units"},
        "text": {"per_unit": texts, "select": "units"},
        "customdata": {"label": "units"},
    }


def _length(viewport: Viewport, palette: Palette) -> go.Scatter:
    """A line at the length of the run: what lies beyond it lasts to the end."""
    return go.Scatter(
        x=[viewport.total, viewport.total],
        mode="lines",
        line={"color": palette.muted, "width": 1.5, "dash": "dot"},
        hoverinfo="skip",
        meta={"part": "names", "follow": {"y": {"label": "row range"}}},
    )


def _layout(
    rows: int, known: list[list[float]], caption: tuple[Part, ...], palette: Palette, narrow: bool
) -> go.Layout:
    axis = {"fixedrange": True, "ticks": "", "tickfont": {"size": 11}, "zeroline": False}
    every = [steps for part in known for steps in part]
    reach = [np.log10(min(1.0, min(every) / 1.3)), np.log10(max(every) * 4)]
    follow = {
        "annotations[0].text": alt_text.sentence(
            "<b>", *caption[:4], "</b>", *(("  ◇ ", caption[5]) if narrow else caption[4:])
        ),
        "shapes": {"marks": [{"over": "unit", "x": "x", "y": "y"}], "colour": palette.foreground},
        "yaxis.range": {"label": "row range"},
        "yaxis.tickvals": {"label": "rows"},
        "yaxis.ticktext": {"label": "units"},
    }
    return go.Layout(
        height=rows * ROW + TITLE + FOOT,
        margin={"l": MARGIN, "r": 2, "t": TITLE, "b": FOOT},
        annotations=[heading(palette, MARGIN)],
        xaxis=axis
        | {"type": "log", "range": reach, "tickvals": TICKS, "gridcolor": palette.grid, "title": _title(narrow)},
        yaxis=axis | {"showgrid": False},
        bargap=0.3,
        showlegend=False,
        dragmode=False,
        hovermode="y",
        font={"color": palette.muted, "family": FONT, "size": 12},
        paper_bgcolor=palette.background,
        plot_bgcolor=palette.surface,
        uirevision="halves",
        meta={"follow": follow, "panels": ["units"], "alt": _alt(caption)},
    )


def _title(narrow: bool) -> dict[str, Any]:
    length = "the run" if narrow else "the length of the run"
    text = "steps until half is gone" if narrow else "steps until half of a memory is gone; bar: at the average factor"
    text += f"; ◇ at the middle one; dotted: {length}"
    return {"text": text, "standoff": 4, "font": {"size": 11 if narrow else 12}}


def _caption(average: list[list[str]], middle: list[list[str]]) -> tuple[Part, ...]:
    ends = {"per_unit": average, "select": "unit"}, {"per_unit": middle, "select": "unit"}
    return "Half-life of ", alt_text.UNIT, ": ", ends[0], "  at its average factor, ", ends[1], " at its middle one"


def _alt(caption: tuple[Part, ...]) -> dict[str, Any]:
    return alt_text.sentence("The half-life of every unit's memory, a bar a unit. ", *caption, ".")
