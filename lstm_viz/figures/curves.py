"""The squashing curves of a gate, with every unit as a dot that rides on them.

A chart of these needs the arrays that `curve_needs` names.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import plotly.graph_objects as go

from lstm_viz.figures.alts import STEP, UNIT, number, sentence
from lstm_viz.figures.headings import heading
from lstm_viz.figures.moments import BEATS, Moment
from lstm_viz.figures.palette import FONT, LIGHT, Palette
from lstm_viz.figures.reels import PREACTIVATION, Reel
from lstm_viz.figures.rules import settle

HEIGHT, TITLE = 236, 24


class Curve(NamedTuple):
    """One squashing: what goes in, what comes out, by which function, its name on the page and its gate's hue."""

    into: str
    out: str
    by: str
    title: str
    gate: str


def _curve(gate: str, by: str, title: str, hue: str) -> Curve:
    return Curve(PREACTIVATION + gate, gate, by, title, hue)


COMBINED = _curve("candidate", "tanh", "Combined: tanh of the sum", "learn")
IGNORE = _curve("input_gate", "sigmoid", "Ignore factor: sigmoid of the sum", "learn")
FORGET = _curve("forget_gate", "sigmoid", "Forget factor: sigmoid of the sum", "forget")
USE = _curve("output_gate", "sigmoid", "Use factor: sigmoid of the sum", "use")
OFFERED = Curve("cell_state", "readout", "tanh", "Offered: tanh of LTM", "use")
COURSE_OFFERED = _curve("readout", "tanh", "Offered: tanh of the kept memory's sum", "use")
SQUASH: dict[str, Callable[[np.ndarray], np.ndarray]] = {"tanh": np.tanh, "sigmoid": lambda x: 1 / (1 + np.exp(-x))}


def curve_needs(shown: Sequence[Curve]) -> tuple[str, ...]:
    """Arrays beyond the usual that the curves ask for."""
    return tuple(curve.into for curve in shown if curve.into.startswith(PREACTIVATION))


def curves(*shown: Curve) -> Callable[..., go.Figure]:
    """Draws the curves side by side; on a phone one below the other."""

    def draw(reel: Reel, moment: Moment, *, palette: Palette = LIGHT, narrow: bool = False) -> go.Figure:
        extents = [_extent(curve, reel, moment) for curve in shown]
        traces = [
            trace
            for place, (curve, extent) in enumerate(zip(shown, extents, strict=True))
            for trace in _panel(place, curve, extent, palette)
        ]
        return settle(go.Figure(traces, _layout(shown, extents, palette, narrow)), reel, moment)

    return draw


def _extent(curve: Curve, reel: Reel, moment: Moment) -> float:
    """How far the axis goes to both sides: as far as any unit ever does in what is held, and a little more."""
    sizes = np.abs(reel.array(moment.layer, curve.into))
    return max(3.0, float(np.nanmax(sizes, initial=0)) * 1.08)


def _panel(place: int, curve: Curve, extent: float, palette: Palette) -> list[go.Scatter]:
    line = np.linspace(-extent, extent, 121)
    axes = {"xaxis": _axis("x", place), "yaxis": _axis("y", place)}
    drawn = go.Scatter(
        x=line,
        y=SQUASH[curve.by](line),
        mode="lines",
        line={"color": palette.line, "width": 2.5},
        hoverinfo="skip",
        meta={"part": "names"},
        **axes,
    )
    return [drawn, _dots(curve, axes, palette), _followed(curve, axes, palette)]


def _dots(curve: Curve, axes: dict[str, str], palette: Palette) -> go.Scatter:
    """Every unit that is shown, at what went in and what came out."""
    follow = {
        "x": {"array": curve.into, "take": "units"},
        "y": {"array": curve.out, "take": "units"},
        "text": {"words": "units"},
    }
    return go.Scatter(
        mode="markers",
        marker={"size": 11, "color": getattr(palette, curve.gate), "opacity": 0.75},
        hovertemplate="unit %{text}: %{x:.3f} → <b>%{y:.3f}</b><extra></extra>",
        meta={"part": curve.out, "follow": follow},
        **axes,
    )


def _followed(curve: Curve, axes: dict[str, str], palette: Palette) -> go.Scatter:
    """The followed unit, ringed, with its numbers, and the lines that read them off the axes."""
    low = -1.15 if curve.by == "tanh" else -0.08
    into, out = {"array": curve.into, "take": "unit"}, {"array": curve.out, "take": "unit"}
    told = {"sentence": [number(curve.into, "signed"), " → ", number(curve.out, "signed")]}
    blank = {"beat": [" "] * len(BEATS)}
    follow: dict[str, Any] = {
        "x": {"all": [into, into]},
        "y": {"all": [{"beat": [low] * len(BEATS)}, out]},
        "text": {"all": [blank, told]},
    }
    return go.Scatter(
        mode="lines+markers+text",
        line={"color": palette.ink, "width": 1, "dash": "dot"},
        marker={"size": [0, 16], "color": "rgba(0,0,0,0)", "line": {"color": palette.ink, "width": 2}},
        textposition="top center",
        textfont={"color": palette.ink, "size": 13},
        cliponaxis=False,
        hoverinfo="skip",
        meta={"part": "numbers", "follow": follow},
        **axes,
    )


def _axis(letter: str, place: int) -> str:
    return letter if place == 0 else f"{letter}{place + 1}"


def _layout(shown: Sequence[Curve], extents: Sequence[float], palette: Palette, narrow: bool) -> go.Layout:
    lines, across = (len(shown), 1) if narrow else (1, len(shown))
    axes: dict[str, Any] = {}
    titles = []
    for place, (curve, extent) in enumerate(zip(shown, extents, strict=True)):
        line, column = (place, 0) if narrow else (0, place)
        left, right = column / across + 0.04 * (column > 0), (column + 1) / across - 0.02 * (column + 1 < across)
        top = 1 - line / lines
        bottom = top - 1 / lines + 0.2 / lines * (lines > 1)
        number_of = "" if place == 0 else str(place + 1)
        axes[f"xaxis{number_of}"] = _across(extent, left, right, place, palette)
        axes[f"yaxis{number_of}"] = _upward(curve, bottom, top, place, palette)
        colour = getattr(palette, curve.gate)
        named = heading(palette, 0) | {"x": left, "y": top, "xshift": 0, "text": f"<b>{curve.title}</b>"}
        titles.append(named | {"font": {"color": colour, "size": 13}})
    return go.Layout(
        **axes,
        height=HEIGHT * lines,
        margin={"l": 30, "r": 6, "t": TITLE, "b": 24},
        annotations=titles,
        showlegend=False,
        font={"color": palette.muted, "size": 11, "family": FONT},
        paper_bgcolor=palette.ground,
        plot_bgcolor=palette.ground,
        uirevision="curves",
        meta={"player": "animate", "alt": _alt(shown)},
    )


def _across(extent: float, left: float, right: float, place: int, palette: Palette) -> dict[str, Any]:
    quiet = {"fixedrange": True, "showgrid": False, "zeroline": True, "zerolinecolor": palette.belt, "nticks": 7}
    return quiet | {"range": [-extent, extent], "domain": [left, right], "anchor": _axis("y", place)}


def _upward(curve: Curve, bottom: float, top: float, place: int, palette: Palette) -> dict[str, Any]:
    low, ticks = (-1.15, [-1, 0, 1]) if curve.by == "tanh" else (-0.08, [0, 0.5, 1])
    quiet = {"fixedrange": True, "gridcolor": palette.belt, "zerolinecolor": palette.belt, "tickvals": ticks}
    return quiet | {"range": [low, 1.22], "domain": [bottom, top], "anchor": _axis("x", place)}


def _alt(shown: Sequence[Curve]) -> dict[str, Any]:
    parts: list[Any] = ["At step ", STEP, " ", UNIT, " rides on "]
    for place, curve in enumerate(shown):
        parts += [
            ", and on " if place else "",
            f"{curve.by} ({curve.title.split(':')[0].lower()}) at ",
            number(curve.into),
        ]
        parts += [", which gives ", number(curve.out)]
    return sentence(*parts, ".")
