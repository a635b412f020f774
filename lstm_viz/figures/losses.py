"""How a fit goes: the loss on what it learns from and on what is held out."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from lstm_viz.figures.palette import FONT, LIGHT, Palette


def loss_curve(
    steps: Sequence[int], losses: Sequence[float], held_out: Sequence[float], *, palette: Palette = LIGHT
) -> go.Figure:
    """Both losses by update, on a logarithmic axis."""
    lines = [
        go.Scatter(x=steps, y=losses, name="learned from", line={"color": palette.learn, "width": 2}),
        go.Scatter(x=steps, y=held_out, name="held out", line={"color": palette.forget, "width": 2, "dash": "dot"}),
    ]
    axis = {"fixedrange": True, "gridcolor": palette.belt, "zeroline": False}
    layout = go.Layout(
        height=200,
        margin={"l": 50, "r": 10, "t": 10, "b": 36},
        xaxis=axis | {"title": "update"},
        yaxis=axis | {"type": "log", "title": "loss"},
        legend={"x": 1, "xanchor": "right", "y": 1},
        font={"family": FONT, "color": palette.muted},
        paper_bgcolor=palette.ground,
        plot_bgcolor=palette.ground,
    )
    return go.Figure(lines, layout)
