"""Half-life of each unit's memory: after how many steps half of it is gone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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

ROW, TITLE, FOOT, MARGIN = 20, 24, 34, 40
#: Half-lives in steps beyond which a mark says no more.
MIN_HALF_LIFE, MAX_HALF_LIFE = 0.1, 10_000.0
TICKS = [front * 10.0**place for place in range(-1, 5) for front in (1, 2, 5)]


def half_lives(
    viewport: Viewport,
    moment: Moment,
    *,
    half_lives: Sequence[Float[np.ndarray, " hidden"]],
    palette: Palette = LIGHT,
    narrow: bool = False,
) -> go.Figure:
    """One mark a unit on a log axis, the followed unit outlined; `half_lives` has every unit's, layer by layer."""

    def binding(written: Callable[[np.ndarray], list[Any]], select: str) -> dict[str, Any]:
        return {"per_unit": [written(part) for part in half_lives], "select": select}

    reached = [steps for part in half_lives for steps in _clipped(part)]
    return _half_life_figure(viewport, moment, binding, reached, (), palette, narrow)


def checkpoint_half_lives(
    viewport: Viewport,
    moment: Moment,
    *,
    half_lives: Float[np.ndarray, "trainings checkpoints hidden"],
    palette: Palette = LIGHT,
    narrow: bool = False,
) -> go.Figure:
    """The same of the checkpoint that is looked at; `half_lives` has those of every checkpoint of one layer."""

    def binding(written: Callable[[np.ndarray], list[Any]], select: str) -> dict[str, Any]:
        parts = [
            [{"per_unit": [written(part)] * viewport.own_layers, "select": select} for part in training]
            for training in half_lives
        ]
        return {"by_checkpoint": parts}

    after = ("  after ", updates_binding(viewport))
    return _half_life_figure(viewport, moment, binding, _clipped(half_lives.ravel()), after, palette, narrow)


def updates_binding(viewport: Viewport) -> dict[str, Any]:
    """A binding to the updates of the checkpoint, in words; ValueError for a viewport without checkpoints."""
    known = viewport.checkpoints
    if known is None:
        raise ValueError("This view has no checkpoints.")
    words = [f"{count:,} update" if count == 1 else f"{count:,} updates" for count in known.updates]
    return {"by_checkpoint": [words] * len(known.trainings)}


#: What makes a binding of the half-lives as they are written, for one unit or for those that have a row.
_Binding = Callable[[Callable[[np.ndarray], list[Any]], str], dict[str, Any]]


def _half_life_figure(
    viewport: Viewport,
    moment: Moment,
    binding: _Binding,
    reached: Sequence[float],
    after: Sequence[str | dict[str, Any]],
    palette: Palette,
    narrow: bool,
) -> go.Figure:
    marks = go.Scatter(
        mode="markers+text",
        marker={"symbol": "diamond", "size": 11, "color": palette.remember},
        textposition="middle right",
        textfont={"size": 12, "color": palette.foreground},
        cliponaxis=False,
        hovertemplate="unit %{customdata}: half is gone after %{text}<extra></extra>",
        meta={
            "part": "cell_state",
            "follow": {
                "y": {"label": "rows"},
                "x": binding(_clipped, "units"),
                "text": binding(lambda part: [f"  {text}" for text in _texts(part)], "units"),
                "customdata": {"label": "units"},
            },
        },
    )
    rows = len(viewport.shown_rows(moment.layer, moment.unit))
    layout = _layout(rows, reached, binding(_texts, "unit"), after, palette, narrow)
    return apply_bindings(go.Figure([marks, _length(viewport, palette)], layout), viewport, moment)


def duration_text(steps: float) -> str:
    """A half-life as text.

    >>> duration_text(2.34), duration_text(1234.0), duration_text(float("inf"))
    ('2.3 steps', '1,234 steps', 'more than 10,000 steps')
    """
    if steps > MAX_HALF_LIFE:
        return f"more than {MAX_HALF_LIFE:,.0f} steps"
    return f"{plain(steps, 1)} steps" if steps < 10 else f"{steps:,.0f} steps"


def _texts(half_lives: np.ndarray) -> list[str]:
    return [duration_text(steps) for steps in half_lives.tolist()]


def _clipped(half_lives: np.ndarray) -> list[float]:
    return [float(f"{steps:.5g}") for steps in np.clip(half_lives, MIN_HALF_LIFE, MAX_HALF_LIFE).tolist()]


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
    rows: int,
    reached: Sequence[float],
    followed_text: dict[str, Any],
    after: Sequence[str | dict[str, Any]],
    palette: Palette,
    narrow: bool,
) -> go.Layout:
    axis = {"fixedrange": True, "ticks": "", "tickfont": {"size": 11}, "zeroline": False}
    reach = [np.log10(min(1.0, min(reached) / 1.3)), np.log10(max(reached) * 4)]
    followed = ("Half-life of ", alt_text.UNIT, ": ", followed_text)
    meant = "until half of a memory is gone, at the median forget factor of all its steps"
    follow = {
        "annotations[0].text": alt_text.sentence(
            "<b>", *followed, "</b>", *(after or ["" if narrow else f"  {meant}"])
        ),
        "shapes": {"marks": [{"over": "unit", "x": "x", "y": "y"}], "colour": palette.foreground},
        "yaxis.range": {"label": "row range"},
        "yaxis.tickvals": {"label": "rows"},
        "yaxis.ticktext": {"label": "units"},
    }
    title = "steps; dotted: the length of the run" if narrow else "steps, on a log axis; dotted: the length of the run"
    return go.Layout(
        height=rows * ROW + TITLE + FOOT,
        margin={"l": MARGIN, "r": 2, "t": TITLE, "b": FOOT},
        annotations=[heading(palette, MARGIN)],
        xaxis=axis
        | {"type": "log", "range": reach, "tickvals": TICKS, "gridcolor": palette.grid}
        | {"title": {"text": title, "standoff": 4, "font": {"size": 12}}},
        yaxis=axis | {"gridcolor": palette.grid, "griddash": "dot"},
        showlegend=False,
        dragmode=False,
        hovermode="y",
        font={"color": palette.muted, "family": FONT, "size": 12},
        paper_bgcolor=palette.background,
        plot_bgcolor=palette.surface,
        uirevision="halves",
        meta={
            "follow": follow,
            "panels": ["units"],
            "alt": alt_text.sentence("The half-life of every unit's memory. ", *followed, *after, f": {meant}."),
        },
    )
