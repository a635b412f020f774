"""The whole of a long run in one strip: the followed unit's memory, and the window on it."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

from lstm_viz.figures import alts
from lstm_viz.figures.headings import heading
from lstm_viz.figures.moments import Moment
from lstm_viz.figures.palette import FONT, LIGHT, Palette
from lstm_viz.figures.reels import Reel
from lstm_viz.figures.rules import settle

HEIGHT, TITLE = 104, 22


MARGIN = 40


def overview(reel: Reel, moment: Moment, *, palette: Palette = LIGHT, narrow: bool = False) -> go.Figure:
    """Between each bin's smallest and largest value of LTM; drag the window to look elsewhere."""
    array = "hidden_state" if reel.layers[moment.layer].cell_state is None else "cell_state"
    edge = {"mode": "lines", "line": {"width": 1, "color": palette.remember, "shape": "hvh"}, "hoverinfo": "none"}
    low = go.Scatter(meta={"part": "cell_state", "follow": _follow("low")}, **edge)
    high = go.Scatter(
        fill="tonexty", fillcolor=palette.line, meta={"part": "cell_state", "follow": _follow("high")}, **edge
    )
    return settle(go.Figure([low, high], _layout(reel, palette, narrow, array)), reel, moment)


def _follow(edge: str) -> dict[str, dict[str, str]]:
    return {"x": {"words": "bins"}, "y": {"envelope": edge}}


def _layout(reel: Reel, palette: Palette, narrow: bool, array: str) -> go.Layout:
    axis = {"fixedrange": True, "showgrid": False, "zeroline": False, "ticks": "", "tickfont": {"size": 11}}
    follow: dict[str, Any] = {
        "shapes": {"marks": [{"over": "window", "x": "x", "y": "y"}, {"over": "step", "x": "x", "y": "y"}]}
    }
    follow["shapes"]["ink"] = palette.ink
    follow["annotations[0].text"] = {"words": "overview title"}
    return go.Layout(
        height=HEIGHT,
        margin={"l": MARGIN, "r": 4, "t": TITLE, "b": 20},
        xaxis=axis | {"range": [0.5, reel.total + 0.5], "nticks": 4 if narrow else 10},
        yaxis=axis | {"nticks": 3},
        showlegend=False,
        dragmode=False,
        hovermode="x",
        font={"color": palette.muted, "family": FONT},
        paper_bgcolor=palette.ground,
        plot_bgcolor=palette.belt,
        annotations=[heading(palette, MARGIN)],
        uirevision="overview",
        meta={"follow": follow, "panels": ["overview"], "alt": alts.of_memory("The whole run of ", array)},
    )
