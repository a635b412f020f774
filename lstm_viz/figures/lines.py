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
#: Room at the right for the lines' names.
ENDS = 52


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
        layout = _layout(title, shown, alt, log, palette, narrow)
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


def _layout(title: str, shown: Sequence[Line], alt: Sentence, log: bool, palette: Palette, narrow: bool) -> go.Layout:
    axis = {"fixedrange": True, "zeroline": False, "ticks": "", "tickfont": {"size": 11}}
    marks = {"marks": [{"over": "step", "x": "x", "y": "y"}], "ink": palette.ink}
    last = len(shown[0].values)
    upright: dict[str, Any] = {"type": "log", "exponentformat": "power", "dtick": _decades(shown)} if log else {}
    upright |= {"range": _range(shown, log)}
    named = heading(palette, MARGIN) | {"text": f"<b>{title}</b>"}
    return go.Layout(
        height=HEIGHT,
        margin={"l": MARGIN, "r": 8 if narrow else ENDS, "t": TITLE, "b": 22},
        xaxis=axis | {"range": [0.5, last + 0.5], "showgrid": False, "nticks": 8},
        yaxis=axis | {"gridcolor": palette.line, "gridwidth": 0.5} | upright,
        annotations=[named, *_ends(shown, log, palette, narrow)],
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
    positive = values[values > 0]
    return [float(np.floor(np.log10(positive.min()))) - 0.2, float(np.ceil(np.log10(positive.max()))) + 0.3]


def _decades(shown: Sequence[Line]) -> int:
    low, high = _range(shown, log=True)
    return max(1, round((high - low) / 5))


def _ends(shown: Sequence[Line], log: bool, palette: Palette, narrow: bool) -> list[dict[str, Any]]:
    """Each line's name at its last point; inside the picture, at its middle, where there is no room beside it."""
    place = {"xref": "x", "yref": "y", "showarrow": False, "borderpad": 1}
    named = []
    heights = _apart([_height(float(line.values[-1]), log) for line in shown], _range(shown, log))
    for line, height in zip(shown, heights, strict=True):
        font = {"color": getattr(palette, line.role), "size": 12}
        steps = len(line.values)
        if narrow:
            middle = _height(float(line.values[steps // 2]), log)
            named.append(place | {"x": steps / 2, "y": middle, "text": line.name, "font": font, "yanchor": "bottom"})
        else:
            beside = {"xref": "paper", "x": 1, "xshift": 6, "xanchor": "left", "yref": "y", "y": height}
            named.append(place | beside | {"text": line.name, "font": font})
    return named


def _height(value: float, log: bool) -> float:
    """Where an annotation stands: Plotly takes the logarithm on a log axis."""
    return float(np.log10(value)) if log else value


def _apart(heights: list[float], extent: list[float], least: float = 0.11) -> list[float]:
    """The heights, moved up where two names would lie on each other."""
    gap = least * (extent[1] - extent[0])
    placed: dict[int, float] = {}
    for k in sorted(range(len(heights)), key=lambda k: heights[k]):
        floor = max(placed.values(), default=-np.inf) + gap
        placed[k] = max(heights[k], floor)
    return [placed[k] for k in range(len(heights))]
