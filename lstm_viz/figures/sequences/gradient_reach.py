"""Reach of gradients in truncated backpropagation: by distance for each length of window, and by place in a window."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Float

from lstm_viz.figures import alt_text
from lstm_viz.figures.formats import plain
from lstm_viz.figures.layout import heading
from lstm_viz.figures.palette import FONT, LIGHT, Palette
from lstm_viz.figures.sequences.lines import power_text, small_text

MARGIN, TITLE, HEIGHT = 88, 24, 270
#: The longest window's shade is the palest, so that each shorter one lies on it darker.
SHADES = (0.9, 0.5, 0.26)


def gradient_decay(
    untruncated: Float[np.ndarray, " back"],
    windows: Mapping[int, Float[np.ndarray, " back"]],
    *,
    palette: Palette = LIGHT,
) -> go.Figure:
    """|d loss / d event| against characters back, on a log axis: uncut, and for each length of window.

    A window's own curve ends where its gradient is zero.
    """
    ordered = sorted(windows, reverse=True)
    floor = float(10.0 ** np.floor(np.log10(untruncated[untruncated > 0].min())))
    areas = [
        _area(windows[steps], floor, shade, f"M = {steps}", palette)
        for steps, shade in zip(ordered, reversed(SHADES), strict=True)
    ]
    line = go.Scatter(
        x=np.arange(len(untruncated)),
        y=untruncated,
        mode="lines",
        name="not cut",
        line={"color": palette.muted, "width": 1.6, "dash": "dot"},
        customdata=[small_text(value) for value in untruncated],
        hovertemplate="%{x} back: %{customdata}<extra></extra>",
        meta={"part": "names"},
    )
    ends = [_end(steps, windows[steps], palette) for steps in sorted(windows)]
    return go.Figure(
        [*areas, line], _layout(len(untruncated), floor, ends, palette).update(meta={"alt": _alt(untruncated, windows)})
    )


def gradient_shares(
    untruncated: Float[np.ndarray, " back"], windows: Mapping[int, Float[np.ndarray, " back"]]
) -> dict[int, float]:
    """Share of the untruncated gradient norms that each length of window leaves, in per cent.

    >>> gradient_shares(np.array([6.0, 3.0, 1.0]), {2: np.array([6.0, 3.0, 0.0])})
    {2: 90.0}
    """
    return {steps: 100 * float(norms.sum() / untruncated.sum()) for steps, norms in sorted(windows.items())}


def _alt(untruncated: np.ndarray, windows: Mapping[int, np.ndarray]) -> alt_text.Sentence:
    reached = "; ".join(
        f"windows of {steps} reach {steps - 1} characters back and keep {plain(share, 1)} % of it"
        for steps, share in gradient_shares(untruncated, windows).items()
    )
    return alt_text.sentence(
        f"How much the loss depends on each character before it, on a log axis: {untruncated[0]:.2g} of its own, "
        f"{untruncated[len(untruncated) // 2]:.1g} of the one {len(untruncated) // 2} back. {reached}."
    )


def _area(norms: np.ndarray, floor: float, shade: float, name: str, palette: Palette) -> go.Scatter:
    """Gradient norms inside a window; beyond it they are 0, which a log axis can't show."""
    inside = norms[: int(np.flatnonzero(norms)[-1]) + 1]
    back = np.arange(len(inside))
    return go.Scatter(
        x=[*back, back[-1], 0],
        y=[*inside, floor, floor],
        name=name,
        fill="toself",
        fillcolor=palette.remember,
        opacity=shade,
        mode="lines",
        line={"color": palette.remember, "width": 1.5},
        hoverinfo="skip",
        meta={"part": "names"},
    )


def _end(steps: int, norms: np.ndarray, palette: Palette) -> dict[str, Any]:
    """Where a window's gradient ends, with its length."""
    return {
        "x": steps - 1,
        "y": float(np.log10(norms[steps - 1])),
        "text": f"<b>M = {steps}</b>",
        "ax": -34,
        "ay": -24,
        "showarrow": True,
        "arrowhead": 2,
        "arrowcolor": palette.foreground,
        "font": {"color": palette.foreground, "size": 12},
    }


def _layout(back: int, floor: float, ends: list[dict[str, Any]], palette: Palette) -> go.Layout:
    axis = {"fixedrange": True, "zeroline": False, "gridcolor": palette.surface, "ticks": ""}
    powers = range(2 * int(np.ceil(np.log10(floor) / 2)), 3, 2)
    title = "<b>How much the loss depends on each event</b>  |∂ loss / ∂ event|"
    return go.Layout(
        height=HEIGHT,
        margin={"l": MARGIN, "r": 2, "t": TITLE, "b": 38},
        annotations=[heading(palette, MARGIN) | {"text": title}, *ends],
        xaxis=axis | {"range": [back - 0.5, -1.5], "title": "characters before the loss"},
        yaxis=axis
        | {
            "type": "log",
            "range": [float(np.log10(floor)), 2.9],
            "tickfont": {"size": 11},
            "tickvals": [10.0**power for power in powers],
            "ticktext": [power_text(power) for power in powers],
        },
        showlegend=False,
        paper_bgcolor=palette.background,
        plot_bgcolor=palette.background,
        font={"family": FONT, "color": palette.muted, "size": 11},
        uirevision="reach",
    )


#: Height of the chart by place, and the highest value of its axis, with room for the words over the mean.
PLACES_HEIGHT, PLACES_TOP = 190, 1.12


def reach_by_place(shares: Float[np.ndarray, " steps"], *, palette: Palette = LIGHT) -> go.Figure:
    """The share of the whole gradient that a loss at each place of a window reaches; their mean beside their best."""
    places, mean, best = np.arange(1, len(shares) + 1), float(shares.mean()), float(shares[-1])
    bars = go.Bar(
        x=places,
        y=shares,
        marker={"color": [palette.line] * (len(shares) - 1) + [palette.remember]},
        customdata=[tenths(float(share)) for share in shares],
        hovertemplate="a loss at place %{x}: %{customdata}<extra></extra>",
        meta={"part": "names"},
    )
    axis = {"fixedrange": True, "zeroline": False, "ticks": ""}
    line = {"color": palette.foreground, "width": 1.8, "dash": "dash"}
    names = {"showarrow": False, "yanchor": "bottom", "font": {"size": 12}}
    across = {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": mean, "y1": mean, "line": line}
    text = "<b>How much of the gradient stays</b>  by the place of the loss in its window"
    alt = (
        f"Share of the whole gradient that a loss reaches, by its place in a window of {len(shares)}: "
        f"{tenths(float(shares[0]))} at the first place, {tenths(best)} at the last, {tenths(mean)} on average."
    )
    return go.Figure(
        bars,
        go.Layout(
            height=PLACES_HEIGHT,
            margin={"l": MARGIN, "r": 2, "t": TITLE, "b": 38},
            annotations=[
                heading(palette, MARGIN) | {"text": text},
                names
                | {"xref": "paper", "x": 0, "xanchor": "left", "y": mean, "text": f"<b>mean {tenths(mean)}</b>"}
                | {"font": {"color": palette.foreground, "size": 12}},
                names
                | {"x": len(shares) + 0.5, "xanchor": "right", "y": best, "text": f"<b>last place {tenths(best)}</b>"}
                | {"font": {"color": palette.remember, "size": 12}},
            ],
            shapes=[across],
            bargap=0.15,
            xaxis=axis | {"range": [0.5, len(shares) + 0.5], "title": "place in the window", "showgrid": False},
            yaxis=axis
            | {"range": [0, PLACES_TOP], "tickvals": [0, 0.5, 1], "ticktext": ["0 %", "50 %", "100 %"]}
            | {"gridcolor": palette.surface},
            showlegend=False,
            paper_bgcolor=palette.background,
            plot_bgcolor=palette.background,
            font={"family": FONT, "color": palette.muted, "size": 11},
            meta={"alt": alt_text.sentence(alt)},
        ),
    )


def tenths(share: float) -> str:
    """A share in per cent, with the tenths that set the lengths of windows apart.

    >>> tenths(0.7904)
    '79.0 %'
    """
    return f"{plain(100 * share, 1)} %"
