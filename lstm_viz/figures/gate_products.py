"""What a gate multiplies: every unit as a dot, placed by what is let through and by how much of it is.

On each of the faint lines the product is the same, so a dot tells by its place how large it is.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import plotly.graph_objects as go

from lstm_viz.figures.alts import number
from lstm_viz.figures.moments import BEATS
from lstm_viz.figures.palette import Palette
from lstm_viz.figures.words import BLANK

#: Magnitudes of the product along the faint lines.
CONTOURS = {0.25: "¼", 0.5: "½", 0.75: "¾"}
LEFT, RIGHT, LOW, HIGH = -1.12, 1.12, -0.08, 1.3
#: Where the followed unit's numbers stand, above all dots.
CORNER = (LEFT, 1.19)
ALWAYS = [1.0] * len(BEATS)


class Product(NamedTuple):
    """A signed array, the factor that it is multiplied by, what that makes, its name on the page and its hue."""

    signed: str
    factor: str
    made: str
    title: str
    gate: str


LEARNED = Product("candidate", "input_gate", "learned", "Learned: combined × ignore factor", "learn")
SHOWN = Product("readout", "output_gate", "hidden_state", "STM: offered × use factor", "use")


def product_traces(of: Product, axes: dict[str, str], palette: Palette) -> list[go.Scatter]:
    """Lines of equal products, every unit, and the followed one with its numbers."""
    return [_contours(axes, palette), _dots(of, axes, palette), _followed(of, axes, palette)]


def product_axes(palette: Palette) -> tuple[dict[str, Any], dict[str, Any]]:
    """How the axes across and upwards look."""
    quiet = {"fixedrange": True, "showgrid": False, "zeroline": True, "zerolinecolor": palette.belt}
    across = quiet | {"range": [LEFT, RIGHT], "tickvals": [-1, 0, 1]}
    return across, quiet | {"range": [LOW, HIGH], "tickvals": [0, 0.5, 1]}


def tinted(array: str, palette: Palette) -> dict[str, Any]:
    """A rule for dots: the signed colour of each unit's value, whatever the beat."""
    scale = {"scale": list(palette.signed), "light": ALWAYS, "over": palette.ground}
    return {"array": array, "take": "units", "as": "colour"} | scale


def _contours(axes: dict[str, str], palette: Palette) -> go.Scatter:
    across: list[float | None] = []
    upward: list[float | None] = []
    named: list[str] = []
    for size, name in CONTOURS.items():
        for sign in (-1, 1):
            line = np.linspace(size, 1.0, 24)
            across += [*np.round(sign * line, 4).tolist(), None]
            upward += [*np.round(size / line, 4).tolist(), None]
            named += [name, *[BLANK] * len(line)]
    return go.Scatter(
        x=across,
        y=upward,
        text=named,
        mode="lines+text",
        textposition="top center",
        textfont={"color": palette.muted, "size": 12},
        line={"color": palette.line, "width": 1, "dash": "dot"},
        hoverinfo="skip",
        meta={"part": "names"},
        **axes,
    )


def _dots(of: Product, axes: dict[str, str], palette: Palette) -> go.Scatter:
    follow = {
        "x": {"array": of.signed, "take": "units"},
        "y": {"array": of.factor, "take": "units"},
        "text": {"words": "units"},
        "customdata": {"array": of.made, "take": "units"},
        "marker.color": tinted(of.made, palette),
    }
    return go.Scatter(
        mode="markers",
        marker={"size": 11, "line": {"width": 1, "color": palette.muted}},
        cliponaxis=False,
        hovertemplate="unit %{text}: %{x:.3f} × %{y:.3f} = <b>%{customdata:.3f}</b><extra></extra>",
        meta={"part": of.made, "follow": follow},
        **axes,
    )


def _followed(of: Product, axes: dict[str, str], palette: Palette) -> go.Scatter:
    """The followed unit, ringed; its product, written in the corner that no dot reaches."""
    taken = {name: {"array": name, "take": "unit"} for name in (of.signed, of.factor)}
    balance = {"array": of.made, "take": "unit", "as": "text", "style": "signed", "equals": [of.signed, "×", of.factor]}
    told = {"sentence": [number(of.signed), " × ", number(of.factor, "plain"), " ", balance]}
    corner = [{"beat": [value] * len(BEATS)} for value in CORNER]
    blank = {"beat": [BLANK] * len(BEATS)}
    follow = {
        "x": {"all": [taken[of.signed], corner[0]]},
        "y": {"all": [taken[of.factor], corner[1]]},
        "text": {"all": [blank, told]},
    }
    return ringed(of.made, follow, [17, 0], "markers+text", axes, palette)


def ringed(
    part: str, follow: dict[str, Any], sizes: list[int], mode: str, axes: dict[str, str], palette: Palette
) -> go.Scatter:
    """A ring of ink round the followed unit, and its numbers to the right of where they begin."""
    return go.Scatter(
        mode=mode,
        line={"color": palette.muted, "width": 1, "dash": "dot"},
        marker={"size": sizes, "color": "rgba(0,0,0,0)", "line": {"color": palette.ink, "width": 2.2}, "opacity": 1},
        textposition="middle right",
        textfont={"color": palette.ink, "size": 13},
        cliponaxis=False,
        hoverinfo="skip",
        meta={"part": part, "follow": follow},
        **axes,
    )
