"""A padded batch: two lanes of characters, and how far the shorter one's state moves while it reads the padding."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from lstm_viz.analysis.truncated_bptt import PaddedRun
from lstm_viz.figures import alt_text
from lstm_viz.figures.formats import percent
from lstm_viz.figures.labels import escape_markup
from lstm_viz.figures.layout import heading
from lstm_viz.figures.palette import FONT, LIGHT, Palette

MARGIN, TITLE, FOOT, HEIGHT = 64, 24, 38, 250
#: Each panel's share of the height, from the bottom: the state's way, the lanes.
BELOW, ABOVE = (0.0, 0.5), (0.72, 1.0)
#: What stands in a lane where there is only padding.
PADDING = "0"


def padded_lanes(
    run: PaddedRun, lanes: Sequence[Sequence[str]], *, palette: Palette = LIGHT, narrow: bool = False
) -> go.Figure:
    """Above, two lanes of a batch, of which the first is padded; below, how far its state lies from its true end's."""
    steps = len(run.hidden_state)
    signs = [[*lane, *[PADDING] * (steps - len(lane))] for lane in lanes]
    places = list(range(1, steps + 1))
    written = go.Heatmap(
        x=places,
        y=[0, 1],
        z=[[int(place > len(lane)) for place in places] for lane in lanes],
        zmin=0,
        zmax=1,
        colorscale=[[0, palette.surface], [1, palette.grid]],
        showscale=False,
        xgap=1,
        ygap=2,
        yaxis="y2",
        text=[[escape_markup(sign) for sign in lane] for lane in signs],
        texttemplate="%{text}",
        textfont={"size": 9 if narrow else 12, "color": palette.foreground},
        hoverinfo="skip",
        meta={"part": "names"},
    )
    after = list(range(run.length, steps + 1))
    way = go.Scatter(
        x=after,
        y=[float(run.distances[step - 1]) for step in after],
        mode="lines+markers",
        line={"color": palette.forget, "width": 2, "dash": "dot"},
        marker={"size": 5, "color": palette.forget},
        customdata=[percent(float(run.distances[step - 1])) for step in after],
        hovertemplate="after %{x} steps: %{customdata} away<extra></extra>",
        meta={"part": "names"},
    )
    end = go.Scatter(
        x=[run.length],
        y=[0.0],
        mode="markers",
        marker={"size": 11, "color": palette.learn, "symbol": "diamond"},
        hovertemplate="the state at the true end<extra></extra>",
        meta={"part": "names"},
    )
    return go.Figure([written, way, end], _layout(run, palette))


def _layout(run: PaddedRun, palette: Palette) -> go.Layout:
    axis = {"fixedrange": True, "zeroline": False, "ticks": ""}
    steps, most = len(run.hidden_state), float(run.distances[run.length - 1 :].max())
    last = percent(float(run.distances[-1]))
    alt = (
        f"Two lanes of a batch of {steps} steps. The first has {run.length} steps of its own, then zeros. Over the "
        f"zeros its state moves away from the one at its true end, to {last} of that one's size at the last step."
    )
    ticks = [0.0, 0.5, 1.0, 1.5, 2.0]
    below = {"range": [-0.08 * most, 1.25 * most], "tickvals": ticks, "ticktext": [percent(tick) for tick in ticks]}
    return go.Layout(
        height=HEIGHT,
        margin={"l": MARGIN, "r": 2, "t": TITLE, "b": FOOT},
        annotations=[
            heading(palette, MARGIN) | {"y": ABOVE[1], "text": "<b>A batch with padding</b>  lane 1 is shorter"},
            heading(palette, MARGIN)
            | {"y": BELOW[1], "text": "<b>Lane 1</b>  how far its state is from the one at its true end"},
            _note(run.length, 0.0, "true end", palette.learn, "right"),
            _note(steps, float(run.distances[-1]), f"after the zeros: {last} away", palette.forget, "right", shift=12),
        ],
        xaxis=axis | {"range": [0.5, steps + 0.5], "showgrid": False, "anchor": "y", "title": "step"},
        yaxis=axis | {"domain": BELOW, "gridcolor": palette.surface} | below,
        yaxis2=axis | {"domain": ABOVE, "range": [1.5, -0.5], "tickvals": [0, 1], "ticktext": ["lane 1", "lane 2"]},
        showlegend=False,
        paper_bgcolor=palette.background,
        plot_bgcolor=palette.background,
        font={"family": FONT, "color": palette.muted, "size": 11},
        meta={"alt": alt_text.sentence(alt)},
    )


def _note(x: float, y: float, text: str, colour: str, side: str, shift: int = 0) -> dict[str, Any]:
    position = {"x": x, "y": y, "xanchor": side, "yanchor": "middle", "xshift": -9, "yshift": shift}
    return position | {"text": text, "showarrow": False, "font": {"color": colour, "size": 12}}
