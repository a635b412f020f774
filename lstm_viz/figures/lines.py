"""Numbers over the steps of a sequence as lines, each named at its end, with the step marked on them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Float

from lstm_viz.figures.alts import Sentence
from lstm_viz.figures.headings import heading
from lstm_viz.figures.moments import Moment
from lstm_viz.figures.palette import FONT, LIGHT, Palette
from lstm_viz.figures.reels import Reel
from lstm_viz.figures.rules import settle

HEIGHT, TITLE, MARGIN = 216, 24, 46
#: Below this nothing is told apart on a log axis.
TINY = 1e-60


class Line(NamedTuple):
    """One line: its name, its values over the steps, the role of its colour, and how it is dashed."""

    name: str
    values: Float[np.ndarray, " steps"]
    role: str
    dash: str = "solid"


def lines(title: str, shown: Sequence[Line], alt: Sentence, *, log: bool = False) -> Callable[..., go.Figure]:
    """Draws lines over the steps; on a `log` axis down to the smallest value that is shown."""

    def draw(reel: Reel, moment: Moment, *, palette: Palette = LIGHT, narrow: bool = False) -> go.Figure:
        steps = np.arange(1, len(shown[0].values) + 1)
        traces = [_trace(line, steps, palette) for line in shown]
        layout = _layout(title, shown, alt, log, palette)
        return settle(go.Figure(traces, layout), reel, moment)

    return draw


def _trace(line: Line, steps: np.ndarray, palette: Palette) -> go.Scatter:
    return go.Scatter(
        x=steps,
        y=line.values,
        mode="lines+markers",
        line={"color": getattr(palette, line.role), "width": 2.4, "dash": line.dash},
        marker={"size": 4},
        hovertemplate=f"{line.name}, step %{{x}}: <b>%{{y:.2g}}</b><extra></extra>",
        meta={"part": "names"},
    )


def _layout(title: str, shown: Sequence[Line], alt: Sentence, log: bool, palette: Palette) -> go.Layout:
    axis = {"fixedrange": True, "zeroline": False, "ticks": "", "tickfont": {"size": 11}}
    marks = {"marks": [{"over": "step", "x": "x", "y": "y"}], "ink": palette.ink}
    last = len(shown[0].values)
    upright: dict[str, Any] = {"type": "log", "exponentformat": "power", "dtick": _decades(shown)} if log else {}
    upright |= {"range": _range(shown, log)}
    named = heading(palette, MARGIN) | {"text": f"<b>{title}</b>"}
    return go.Layout(
        height=HEIGHT,
        margin={"l": MARGIN, "r": 8, "t": TITLE, "b": 22},
        xaxis=axis | {"range": [0.5, last + 0.5], "showgrid": False, "nticks": 8},
        yaxis=axis | {"gridcolor": palette.line, "gridwidth": 0.5} | upright,
        annotations=[named, *_names(shown, log, palette)],
        showlegend=False,
        font={"color": palette.muted, "family": FONT},
        paper_bgcolor=palette.ground,
        plot_bgcolor=palette.belt,
        meta={"follow": {"shapes": marks}, "panels": ["steps"], "alt": alt},
    )


def _range(shown: Sequence[Line], log: bool) -> list[float]:
    values = np.concatenate([line.values for line in shown])
    if not log:
        return [min(0.0, float(values.min())) - 0.04, max(1.0, float(values.max())) + 0.08]
    positive = np.maximum(values[values > 0], TINY)
    return [float(np.floor(np.log10(positive.min()))) - 0.2, float(np.ceil(np.log10(positive.max()))) + 0.3]


def _decades(shown: Sequence[Line]) -> int:
    low, high = _range(shown, log=True)
    return max(1, round((high - low) / 5))


def _names(shown: Sequence[Line], log: bool, palette: Palette) -> list[dict[str, Any]]:
    """Each line's name on it, a third of the way along, on the side where the others are not."""
    place = {"xref": "x", "yref": "y", "showarrow": False, "borderpad": 3, "xanchor": "left"}
    third = len(shown[0].values) // 3
    heights = [_height(float(line.values[third]), log) for line in shown]
    named = []
    for line, height in zip(shown, heights, strict=True):
        side = "bottom" if height >= max(heights) else "top"
        font = {"color": getattr(palette, line.role), "size": 12.5}
        named.append(
            place | {"x": third + 1, "y": height, "yanchor": side, "text": f"<b>{line.name}</b>", "font": font}
        )
    return named


def _height(value: float, log: bool) -> float:
    """Where an annotation stands: Plotly takes the logarithm on a log axis."""
    return float(np.log10(max(value, TINY))) if log else value
