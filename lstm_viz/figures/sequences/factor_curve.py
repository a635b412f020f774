"""Powers of one factor, which a slider in the browser changes, beside gradients that are products of many factors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from lstm_viz.figures import alt_text
from lstm_viz.figures.formats import plain
from lstm_viz.figures.layout import heading
from lstm_viz.figures.moment import Moment
from lstm_viz.figures.palette import FONT, LIGHT, Palette
from lstm_viz.figures.sequences.lines import HEIGHT, Line, axis_title, small_text
from lstm_viz.figures.viewport import Viewport

#: The factor at first, what the slider goes over, and the number of steps after which it is looked at.
START, LEAST, MOST, STRIDE, STEPS = 0.9, 0.5, 1.0, 0.002, 20
MARGIN, TITLE, SLIDER, FOOT, RIGHT = 64, 42, 38, 38, 172
#: On a phone the key stands under the picture, and takes so much.
NARROW_RIGHT, KEY = 8, 108
#: Where the two traces that the slider changes stand among the traces.
CURVE, POINT = 0, 1
#: What is left where half is left, as the page rounds it.
HALF = 0.005


def factor_curve(shown: Sequence[Line]) -> Callable[..., go.Figure]:
    """Draws what is left of a gradient after so many steps back: at the reader's factor, and in networks.

    `shown` are gradients as `state_gradients` has them, from the first step to the last, where they are 1. The slider
    over the picture is `player/frontend/chart-slider.js`, which `layout.meta["slider"]` describes.
    """
    back = max(STEPS, *(len(line.values) - 1 for line in shown))

    def draw(viewport: Viewport, moment: Moment, *, palette: Palette = LIGHT, narrow: bool = False) -> go.Figure:
        traces = [*_readers(back, palette), *(_trace(line, palette) for line in shown)]
        return go.Figure(traces, _layout(shown, back, palette, narrow))

    return draw


def left_after(factor: float, steps: int = STEPS) -> float:
    """What is left after so many multiplications.

    >>> round(left_after(0.966), 2), round(left_after(0.25), 12)
    (0.5, 1e-12)
    """
    return factor**steps


def _readers(back: int, palette: Palette) -> list[go.Scatter]:
    """The reader's own curve, and its point after `STEPS`."""
    # Lists, which the slider reads in the browser: arrays are sent packed.
    steps, colour = list(range(back + 1)), palette.writers[0]
    curve = go.Scatter(
        x=steps,
        y=[left_after(START, step) for step in steps],
        name="your factor",
        mode="lines",
        line={"color": colour, "width": 4},
        hovertemplate="your factor, %{x} steps back: <b>%{y:.3f}</b><extra></extra>",
        meta={"part": "names"},
    )
    left = left_after(START)
    point = go.Scatter(
        x=[STEPS],
        y=[left],
        mode="markers",
        showlegend=False,
        marker={"color": colour, "size": 12, "line": {"color": palette.background, "width": 2}},
        hovertemplate="your factor, %{x} steps back: <b>%{y:.3f}</b><extra></extra>",
        meta={"part": "names"},
    )
    return [curve, point]


def _trace(line: Line, palette: Palette) -> go.Scatter:
    left = np.asarray(line.values, float)[::-1]
    return go.Scatter(
        x=np.arange(len(left)),
        y=left,
        name=line.name,
        mode="lines",
        line={"color": getattr(palette, line.role), "width": 2.2, "dash": line.dash},
        customdata=[small_text(value) for value in left],
        hovertemplate=f"{line.name}, %{{x}} steps back: <b>%{{customdata}}</b><extra></extra>",
        meta={"part": "names"},
    )


def _layout(shown: Sequence[Line], back: int, palette: Palette, narrow: bool) -> go.Layout:
    axis = {"fixedrange": True, "zeroline": False, "ticks": "", "tickfont": {"size": 11}}
    text = "<b>The same factor at every step back</b><br>drag it until half is left after 20 steps"
    right = NARROW_RIGHT if narrow else RIGHT
    highest = max(1.0, *(float(np.max(line.values)) for line in shown))
    cross = {"type": "line", "line": {"color": palette.muted, "width": 1, "dash": "dot"}}
    alt = alt_text.sentence(
        f"What is left of the gradient after so many steps back. At a factor of {plain(START)} at each step, "
        f"{plain(left_after(START))} is left after {STEPS} steps. In the networks, over the whole wait: ",
        "; ".join(f"{line.name} {small_text(float(line.values[0]))}" for line in shown).replace("<sup>", "^"),
        ".",
    )
    return go.Layout(
        height=HEIGHT + SLIDER + KEY * narrow,
        margin={"l": MARGIN, "r": right, "t": TITLE + SLIDER, "b": FOOT + KEY * narrow},
        xaxis=axis | {"range": [-0.3, back + 0.5], "showgrid": False, "title": axis_title("steps back"), "nticks": 8},
        yaxis=axis
        | {"range": [-0.03, 1.08 * highest], "tickvals": [0, 0.5, 1], "ticktext": ["0", "half", "1"]}
        | {"gridcolor": palette.grid, "title": axis_title("gradient left")},
        shapes=[
            cross | {"x0": STEPS, "x1": STEPS, "y0": 0, "y1": 0.5},
            cross | {"x0": 0, "x1": STEPS, "y0": 0.5, "y1": 0.5},
        ],
        annotations=[heading(palette, MARGIN) | {"text": text, "align": "left", "yshift": SLIDER}],
        legend={
            **({"x": 0, "y": -0.3} if narrow else {"x": 1.01, "y": 1}),
            "yanchor": "top",
            "bgcolor": palette.background,
            "font": {"size": 12, "color": palette.foreground},
            "itemclick": False,
            "itemdoubleclick": False,
        },
        font={"color": palette.muted, "family": FONT},
        paper_bgcolor=palette.background,
        plot_bgcolor=palette.surface,
        meta={"alt": alt, "slider": _slider(right)},
    )


def _slider(right: int) -> dict[str, Any]:
    """What the slider over the picture goes over, where it stands, and which traces it changes."""
    return {
        "label": "Factor",
        "least": LEAST,
        "most": MOST,
        "stride": STRIDE,
        "start": START,
        "steps": STEPS,
        "half": HALF,
        "top": TITLE,
        "left": MARGIN,
        "right": right,
        "curve": CURVE,
        "point": POINT,
    }
