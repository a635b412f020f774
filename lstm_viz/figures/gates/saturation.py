"""How often each unit's gates stand closed or open: a dot a unit, a panel a gate."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go

from lstm_viz.analysis.saturation import CLOSED, FACTORS, OPEN, Saturation, saturation
from lstm_viz.figures.formats import percent
from lstm_viz.figures.palette import FONT, LIGHT, Palette
from lstm_viz.traces import LayerTrace

NAMES = {"forget_gate": ("Forget factor", "forget"), "input_gate": ("Ignore factor", "learn")}
NAMES |= {"output_gate": ("Use factor", "use")}
HEIGHT, NARROW_HEIGHT = 300, 250
TICKS = {"tickvals": [0, 0.5, 1], "ticktext": ["0", "50 %", "100 %"], "range": [-0.06, 1.06], "fixedrange": True}


def saturations(layer: LayerTrace, *, palette: Palette = LIGHT, narrow: bool = False) -> go.Figure:
    """To the right: closed at more of the steps; upwards: open at more of them; on the line: never between.

    Raises ValueError for a plain RNN.
    """
    found = saturation(layer)
    figure = go.Figure()
    for index, gate in enumerate(FACTORS):
        axes = {"xaxis": f"x{index + 1}", "yaxis": f"y{index + 1}"}
        figure.add_scatter(x=[0, 1], y=[1, 0], mode="lines", line={"color": palette.line, "width": 1, "dash": "dot"})
        figure.data[-1].update(hoverinfo="skip", **axes)
        figure.add_scatter(**_dots(found[gate], *NAMES[gate], palette), **axes)
    return figure.update_layout(_layout(palette, narrow))


def _dots(found: Saturation, name: str, hue: str, palette: Palette) -> dict[str, Any]:
    return {
        "x": np.round(found.closed, 4).tolist(),
        "y": np.round(found.open, 4).tolist(),
        "customdata": [
            [unit + 1, percent(closed), percent(opened)]
            for unit, (closed, opened) in enumerate(zip(found.closed, found.open, strict=True))
        ],
        "mode": "markers",
        "marker": {
            "color": getattr(palette, hue),
            "size": 9 if len(found.open) <= 128 else 6,
            "opacity": 0.6,
            "line": {"width": 0},
        },
        "hovertemplate": f"unit %{{customdata[0]}}, {name.lower()}: closed at %{{customdata[1]}}, "
        "open at %{customdata[2]} of steps<extra></extra>",
    }


def _layout(palette: Palette, narrow: bool) -> go.Layout:
    quiet = TICKS | {"gridcolor": palette.background, "zeroline": False}
    axes: dict[str, Any] = {}
    notes = []
    for index, gate in enumerate(FACTORS):
        across, up = _spans(index, narrow)
        axes[f"xaxis{index + 1}"] = quiet | {"domain": across, "anchor": f"y{index + 1}"}
        axes[f"yaxis{index + 1}"] = quiet | {"domain": up, "anchor": f"x{index + 1}"}
        axes[f"xaxis{index + 1}"]["title"] = {"text": f"steps at which it is below {CLOSED}", "standoff": 4}
        if index == 0 or narrow:
            axes[f"yaxis{index + 1}"]["title"] = {"text": f"steps at which it is above {OPEN}", "standoff": 4}
        notes.append(_title(*NAMES[gate], across[0], up[1], palette))
    return go.Layout(
        height=NARROW_HEIGHT * 3 if narrow else HEIGHT,
        margin={"l": 62, "r": 6, "t": 26, "b": 44},
        showlegend=False,
        dragmode=False,
        annotations=notes,
        font={"color": palette.muted, "family": FONT, "size": 12},
        paper_bgcolor=palette.background,
        plot_bgcolor=palette.surface,
        **axes,
    )


def _spans(index: int, narrow: bool) -> tuple[list[float], list[float]]:
    """A panel's place across and upwards."""
    if narrow:
        return [0, 1], [1 - (index + 1) / 3 + 0.1, 1 - index / 3]
    return [index * 0.345, index * 0.345 + 0.31], [0, 1]


def _title(name: str, hue: str, x: float, y: float, palette: Palette) -> dict[str, Any]:
    position = {"x": x, "y": y, "xref": "paper", "yref": "paper", "xanchor": "left", "yanchor": "bottom"}
    text = {"text": f"<b>{name}</b>  a dot a unit", "showarrow": False}
    return position | text | {"font": {"color": getattr(palette, hue), "size": 13}}
