"""The hidden state across the seams of windows: carried on, and begun anew in each."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go

from lstm_viz.analysis.seams import AGREE, Seams
from lstm_viz.figures.formats import plain
from lstm_viz.figures.headings import heading
from lstm_viz.figures.palette import FONT, LIGHT, Palette

MARGIN, TITLE, HEIGHT = 64, 24, 330
#: Each panel's share of the height, from the bottom: all units' difference, one unit's two lines.
BELOW, ABOVE = (0.0, 0.36), (0.52, 1.0)
#: The smallest share that is drawn.
LEAST = 1e-3


def across_seams(both: Seams, unit: int, row: int = 0, *, palette: Palette = LIGHT) -> go.Figure:
    """Above, one unit's STM in both readings of a row; below, how far all units together lie apart, on a log axis."""
    steps = np.arange(1, len(both.carried) + 1)
    carried, reset = (states[:, row, unit].astype(float).round(4) for states in (both.carried, both.reset))
    lines = [
        _between(steps, carried, reset, palette),
        _line(steps, carried, "state carried", {"color": palette.use, "width": 2.4}),
        _line(steps, reset, "state reset", {"color": palette.forget, "width": 2, "dash": "dot"}),
        _apart(steps, both.shares[:, row], palette),
        _agreements(both, row, palette),
    ]
    return go.Figure(lines, _layout(both, unit, palette))


def _line(x: np.ndarray, y: np.ndarray, name: str, line: dict[str, Any]) -> go.Scatter:
    return go.Scatter(x=x, y=y, name=name, mode="lines", line=line, hovertemplate="%{y:.3f}", meta={"part": "names"})


def _between(steps: np.ndarray, carried: np.ndarray, reset: np.ndarray, palette: Palette) -> go.Scatter:
    """The difference, shaded."""
    return go.Scatter(
        x=np.concatenate([steps, steps[::-1]]),
        y=np.concatenate([carried, reset[::-1]]),
        fill="toself",
        fillcolor=palette.forget,
        opacity=0.22,
        mode="lines",
        line={"width": 0},
        hoverinfo="skip",
        showlegend=False,
        meta={"part": "names"},
    )


def _apart(steps: np.ndarray, shares: np.ndarray, palette: Palette) -> go.Scatter:
    """All units' difference as a share of the carried state; nothing before the first seam."""
    return go.Scatter(
        x=steps,
        y=np.where(shares > 0, np.maximum(shares, LEAST), np.nan).round(6),
        yaxis="y2",
        mode="lines",
        line={"color": palette.ink, "width": 2},
        hovertemplate="%{y:.1%} apart<extra></extra>",
        showlegend=False,
        meta={"part": "names"},
    )


def _agreements(both: Seams, row: int, palette: Palette) -> go.Scatter:
    """Where the two have come to agree, with the steps it took."""
    took = both.recovery()[:, row]
    places = both.starts + took
    found = np.isfinite(took)
    return go.Scatter(
        x=places[found],
        y=[AGREE] * int(found.sum()),
        yaxis="y2",
        text=[f"{int(count)} steps" for count in took[found]],
        textposition="top right",
        mode="markers+text",
        marker={"symbol": "circle", "size": 8, "color": palette.learn},
        textfont={"color": palette.learn, "size": 11},
        cliponaxis=False,
        hoverinfo="skip",
        showlegend=False,
        meta={"part": "names"},
    )


def _layout(both: Seams, unit: int, palette: Palette) -> go.Layout:
    axis = {"fixedrange": True, "zeroline": False, "gridcolor": palette.belt, "ticks": ""}
    shapes = [_seam(float(start), palette) for start in both.starts] + [_threshold(palette)]
    titles = [
        (ABOVE[1], f"<b>Short-term memory of unit {unit + 1}</b>  over row 1"),
        (BELOW[1], "<b>All units</b>  |h carried − h reset| as a share of |h carried|"),
    ]
    return go.Layout(
        height=HEIGHT,
        margin={"l": MARGIN, "r": 2, "t": TITLE, "b": 20},
        annotations=[heading(palette, MARGIN) | {"y": top, "text": text} for top, text in titles]
        + _jumps(both, palette),
        shapes=shapes,
        xaxis=axis
        | {
            "range": [0.5, len(both.carried) + 0.5],
            "showgrid": False,
            "anchor": "y2",
            "tickvals": [1, *(both.starts + 1).tolist()],
        },
        yaxis=axis | {"domain": ABOVE, "nticks": 5, "tickformat": ".1f"},
        yaxis2=axis
        | {
            "domain": BELOW,
            "type": "log",
            "range": [-3, 0.15],
            "tickvals": [0.001, 0.01, 0.1, 1],
            "ticktext": ["0.1 %", "1 %", "10 %", "100 %"],
        },
        legend={
            "orientation": "h",
            "x": 1,
            "xanchor": "right",
            "y": ABOVE[1],
            "yanchor": "bottom",
            "bgcolor": "rgba(0,0,0,0)",
        },
        paper_bgcolor=palette.ground,
        plot_bgcolor=palette.ground,
        font={"family": FONT, "color": palette.muted, "size": 11},
        uirevision="seams",
    )


def _seam(start: float, palette: Palette) -> dict[str, Any]:
    place = {"xref": "x", "yref": "paper", "x0": start + 0.5, "x1": start + 0.5, "y0": 0, "y1": 1}
    return place | {"type": "line", "line": {"color": palette.remember, "width": 2}, "layer": "below"}


def _threshold(palette: Palette) -> dict[str, Any]:
    place = {"xref": "paper", "yref": "y2", "x0": 0, "x1": 1, "y0": AGREE, "y1": AGREE}
    return place | {"type": "line", "line": {"color": palette.learn, "width": 1.4, "dash": "dash"}, "layer": "below"}


def _jumps(both: Seams, palette: Palette, row: int = 0) -> list[dict[str, Any]]:
    """How far apart the states are after the first step behind each seam."""
    return [
        {
            "x": float(start) + 0.5,
            "y": ABOVE[0],
            "xref": "x",
            "yref": "paper",
            "xanchor": "left",
            "yanchor": "top",
            "xshift": 3,
            "showarrow": False,
            "text": f"jump {plain(float(both.jumps[start, row]))}",
            "font": {"color": palette.forget, "size": 11},
        }
        for start in both.starts
    ]
