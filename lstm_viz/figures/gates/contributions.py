"""Contributions to a gate's pre-activation for the followed unit, source by source, the largest first.

A chart of this needs "maps", see `viewport_builder.MAPS`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import plotly.graph_objects as go

from lstm_viz.figures.alt_text import STEP, UNIT, number, sentence
from lstm_viz.figures.bindings.contributions import MAX_ROWS
from lstm_viz.figures.bindings.evaluate import apply_bindings
from lstm_viz.figures.labels import GATE_NAMES
from lstm_viz.figures.layout import NUMBER, heading
from lstm_viz.figures.moment import Moment
from lstm_viz.figures.palette import FONT, GATE_HUES, LIGHT, Palette
from lstm_viz.figures.viewport import Viewport

ROW, TITLE, FOOT, NAMES = 20, 42, 6, 116


def contribution_bars(gate: str) -> Callable[..., go.Figure]:
    """Draws the signed shares of one gate as bars; they add up to the sum under the title."""

    def draw(viewport: Viewport, moment: Moment, *, palette: Palette = LIGHT, narrow: bool = False) -> go.Figure:
        return apply_bindings(go.Figure(_bars(gate, palette), _layout(gate, palette)), viewport, moment)

    return draw


def _bars(gate: str, palette: Palette) -> go.Bar:
    follow: dict[str, Any] = {
        "x": {"contribution": gate, "give": "values"},
        "y": {"contribution": gate, "give": "rows"},
        "text": {"contribution": gate, "give": "texts"},
        "customdata": {"contribution": gate, "give": "names"},
        "marker.color": {"contribution": gate, "give": "colours", "scale": list(palette.signed)},
    }
    return go.Bar(
        orientation="h",
        textposition="outside",
        textfont={"color": palette.foreground, "size": 12},
        constraintext="none",
        cliponaxis=False,
        hovertemplate="%{customdata}: <b>%{x}</b><extra></extra>",
        xhoverformat=NUMBER,
        meta={"part": gate, "follow": follow},
    )


def _layout(gate: str, palette: Palette) -> go.Layout:
    name, hue = GATE_NAMES[gate], GATE_HUES[gate]
    follow = {
        "xaxis.range": {"contribution": gate, "give": "range"},
        "yaxis.tickvals": {"contribution": gate, "give": "rows"},
        "yaxis.ticktext": {"contribution": gate, "give": "names"},
        "annotations[0].text": _title(gate, name),
    }
    axis = {"fixedrange": True, "showgrid": False, "ticks": ""}
    title = heading(palette, NAMES) | {"font": {"color": getattr(palette, hue), "size": 13}, "align": "left"}
    return go.Layout(
        height=MAX_ROWS * ROW + TITLE + FOOT,
        margin={"l": NAMES, "r": 6, "t": TITLE, "b": FOOT},
        xaxis=axis | {"showticklabels": False, "zeroline": True, "zerolinecolor": palette.line},
        yaxis=axis
        | {"range": [MAX_ROWS - 0.5, -0.5], "zeroline": False, "tickfont": {"color": palette.foreground, "size": 12}},
        annotations=[title],
        bargap=0.25,
        showlegend=False,
        font={"color": palette.muted, "family": FONT},
        paper_bgcolor=palette.background,
        plot_bgcolor=palette.background,
        uirevision=f"shares {gate}",
        meta={"follow": follow, "alt": _alt(gate, name)},
    )


def _title(gate: str, name: str) -> dict[str, Any]:
    total = {"contribution": gate, "give": "total"}
    style = "signed" if gate in ("candidate", "readout") else "plain"
    return sentence(f"<b>What made the {name}</b><br>sum ", total, ", squashed to ", number(gate, style))


def _alt(gate: str, name: str) -> dict[str, Any]:
    shares, total = ({"contribution": gate, "give": give} for give in ("sentence", "total"))
    return sentence(f"What made the {name} of ", UNIT, " at step ", STEP, ": ", shares, ". Together ", total, ".")
