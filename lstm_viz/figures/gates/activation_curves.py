"""Activation functions of a gate, tanh and sigmoid, with every unit as a dot on them; and the gate's product."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import plotly.graph_objects as go

from lstm_viz.cells.activation_functions import Activation
from lstm_viz.figures.alt_text import STEP, UNIT, number, sentence
from lstm_viz.figures.bindings.evaluate import apply_bindings
from lstm_viz.figures.labels import BLANK
from lstm_viz.figures.layout import NUMBER, axis_name, heading
from lstm_viz.figures.moment import BEATS, Moment
from lstm_viz.figures.palette import FONT, LIGHT, Palette
from lstm_viz.figures.viewport import PREACTIVATION, Viewport

HEIGHT, TITLE = 236, 24
#: Between panels that stand side by side, and one below the other, as shares of one.
GAP, GAP_UP = 0.05, 0.22
LOW, HIGH = {"tanh": -1.15, "sigmoid": -0.08}, 1.3
#: Where the followed unit's numbers stand: a rising curve leaves the upper left free.
CORNER = {"tanh": 1.13, "sigmoid": 1.19}
TICKS = {"tanh": [-1, 0, 1], "sigmoid": [0, 0.5, 1]}


class Curve(NamedTuple):
    """One activation: the array that goes in, the one that comes out, the function, its title and its gate's hue."""

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


def curve_needs(shown: Sequence[Curve]) -> tuple[str, ...]:
    """Arrays beyond the usual that the curves ask for."""
    return tuple(curve.into for curve in shown if curve.into.startswith(PREACTIVATION))


def curves(*shown: Curve, product: Product | None = None) -> Callable[..., go.Figure]:
    """Draws the curves side by side, and after them what is multiplied; on a phone one below the other."""

    def draw(viewport: Viewport, moment: Moment, *, palette: Palette = LIGHT, narrow: bool = False) -> go.Figure:
        named = [curve._replace(title=_title(curve, viewport)) for curve in shown]
        panels: list[Curve | Product] = [*named, *([product] if product else [])]
        extents = [_extent(curve, viewport) for curve in shown]
        traces = [
            trace
            for index, (curve, extent) in enumerate(zip(shown, extents, strict=True))
            for trace in _panel(curve, _function(curve, viewport), extent, _axes(index), palette)
        ]
        traces += product_traces(product, _axes(len(shown)), palette) if product else []
        return apply_bindings(go.Figure(traces, _layout(panels, extents, palette, narrow)), viewport, moment)

    return draw


def _extent(curve: Curve, viewport: Viewport) -> float:
    """How far the axis goes to both sides: as far as any unit of any layer ever does, and a little more."""
    sizes = [
        viewport.scale(layer, curve.into).limit
        for layer in range(viewport.own_layers)
        if viewport.has(layer, curve.into)
    ]
    return max(3.0, 1.08 * max(sizes, default=0.0))


def _function(curve: Curve, viewport: Viewport) -> Activation:
    """The function that a run has in place of a curve's usual one."""
    return viewport.layers[0].activations.of(curve.out)


def _title(curve: Curve, viewport: Viewport) -> str:
    """A curve's title, with the name of the run's own function."""
    words = _function(curve, viewport).words
    return curve.title if viewport.layers[0].activations.is_standard else curve.title.replace(curve.by, words)


def _panel(
    curve: Curve, function: Activation, extent: float, axes: dict[str, str], palette: Palette
) -> list[go.Scatter]:
    line = np.linspace(-extent, extent, 121)
    drawn = go.Scatter(
        x=line,
        y=function(line),
        mode="lines",
        line={"color": palette.line, "width": 2.5},
        hoverinfo="skip",
        meta={"part": "names"},
        **axes,
    )
    return [drawn, _dots(curve, axes, palette), _followed(curve, extent, axes, palette)]


def _dots(curve: Curve, axes: dict[str, str], palette: Palette) -> go.Scatter:
    """Every unit that is shown, at what went in and what came out; what has a sign has its colour."""
    follow: dict[str, Any] = {
        "x": {"array": curve.into, "select": "units"},
        "y": {"array": curve.out, "select": "units"},
        "text": {"label": "units"},
    }
    if curve.by == "tanh":
        follow["marker.color"] = signed_colours(curve.out, palette)
    edge = {"width": 1, "color": palette.muted if curve.by == "tanh" else palette.background}
    return go.Scatter(
        mode="markers",
        marker={"size": 11, "color": getattr(palette, curve.gate), "line": edge},
        hovertemplate="unit %{text}: %{x} → <b>%{y}</b><extra></extra>",
        xhoverformat=NUMBER,
        yhoverformat=NUMBER,
        meta={"part": curve.out, "follow": follow},
        **axes,
    )


def _followed(curve: Curve, extent: float, axes: dict[str, str], palette: Palette) -> go.Scatter:
    """The followed unit, ringed, with lines that read it off both axes; its numbers stand in a corner that is free.

    A gap parts the lines from the numbers.
    """
    into, out = {"array": curve.into, "select": "unit"}, {"array": curve.out, "select": "unit"}
    text = sentence(number(curve.into), " → ", number(curve.out, "signed" if curve.by == "tanh" else "plain"))
    follow: dict[str, Any] = {
        "x": {"all": [into, into, _constant(-extent), _constant(None), _constant(-extent)]},
        "y": {"all": [_constant(LOW[curve.by]), out, out, _constant(None), _constant(CORNER[curve.by])]},
        "text": {"all": [*[_constant(BLANK)] * 4, text]},
    }
    return followed_marker(curve.out, follow, [0, 17, 0, 0, 0], "lines+markers+text", axes, palette)


def _constant(value: float | str | None) -> dict[str, Any]:
    return {"beat": [value] * len(BEATS)}


def _axes(index: int) -> dict[str, str]:
    return {"xaxis": axis_name("x", index), "yaxis": axis_name("y", index)}


def _layout(panels: Sequence[Curve | Product], extents: Sequence[float], palette: Palette, narrow: bool) -> go.Layout:
    axes: dict[str, Any] = {}
    titles = []
    for index, panel in enumerate(panels):
        (left, right), (bottom, top) = _panel_domain(index, len(panels), narrow)
        axis_styles = (
            product_axes(palette) if isinstance(panel, Product) else _curve_axes(panel, extents[index], palette)
        )
        number_of = "" if index == 0 else str(index + 1)
        axes[f"xaxis{number_of}"] = axis_styles[0] | {"domain": [left, right], "anchor": axis_name("y", index)}
        axes[f"yaxis{number_of}"] = axis_styles[1] | {"domain": [bottom, top], "anchor": axis_name("x", index)}
        named = heading(palette, 0) | {"x": left, "y": top, "xshift": 0, "text": f"<b>{panel.title}</b>"}
        titles.append(named | {"font": {"color": getattr(palette, panel.gate), "size": 13}})
    return go.Layout(
        **axes,
        height=HEIGHT * (len(panels) if narrow else 1),
        margin={"l": 30, "r": 6, "t": TITLE, "b": 24},
        annotations=titles,
        showlegend=False,
        font={"color": palette.muted, "size": 11, "family": FONT},
        hoverlabel={"font": {"size": 13}},
        paper_bgcolor=palette.background,
        plot_bgcolor=palette.background,
        uirevision="curves",
        meta={"player": "animate", "alt": _alt(panels)},
    )


def _panel_domain(index: int, count: int, narrow: bool) -> tuple[tuple[float, float], tuple[float, float]]:
    """From left to right and from bottom to top: the panel's part of the chart, with room for ticks and titles."""
    if narrow:
        top = 1 - index / count
        return (0.0, 1.0), (max(0.0, top - 1 / count + GAP_UP / count * (index + 1 < count)), top)
    return (index / count + GAP * index / count, (index + 1) / count - GAP * (count - 1 - index) / count), (0.0, 1.0)


def _curve_axes(curve: Curve, extent: float, palette: Palette) -> tuple[dict[str, Any], dict[str, Any]]:
    quiet = {"fixedrange": True, "zerolinecolor": palette.surface}
    across = quiet | {"showgrid": False, "zeroline": True, "nticks": 7, "range": [-extent, extent]}
    upward = {"gridcolor": palette.surface, "tickvals": TICKS[curve.by], "range": [LOW[curve.by], HIGH]}
    return across, quiet | upward


def _alt(panels: Sequence[Curve | Product]) -> dict[str, Any]:
    parts: list[Any] = ["At step ", STEP, " ", UNIT, " rides on "]
    for index, panel in enumerate(panels):
        name = panel.title.split(":")[0].lower()
        if isinstance(panel, Product):
            parts += [f"; {name}: ", number(panel.signed), " times ", number(panel.factor, "plain")]
            parts += [" makes ", number(panel.made)]
        else:
            squashed = panel.title.partition(": ")[2].partition(" of ")[0]
            parts += [", and on " if index else "", f"{squashed} ({name}) at ", number(panel.into)]
            parts += [", which gives ", number(panel.out)]
    return sentence(*parts, ".")


#: Magnitudes of the product along the faint lines.
CONTOURS = {0.25: "¼", 0.5: "½", 0.75: "¾"}
LEFT, RIGHT, LOW_AXIS, HIGH_AXIS = -1.12, 1.12, -0.08, 1.3
#: Where the followed unit's numbers stand, above all dots.
PRODUCT_CORNER = (LEFT, 1.19)


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
    return [_contours(axes, palette), _product_dots(of, axes, palette), _followed_product(of, axes, palette)]


def product_axes(palette: Palette) -> tuple[dict[str, Any], dict[str, Any]]:
    """How the axes across and upwards look."""
    quiet = {"fixedrange": True, "showgrid": False, "zeroline": True, "zerolinecolor": palette.surface}
    across = quiet | {"range": [LEFT, RIGHT], "tickvals": [-1, 0, 1]}
    return across, quiet | {"range": [LOW_AXIS, HIGH_AXIS], "tickvals": [0, 0.5, 1]}


def signed_colours(array: str, palette: Palette) -> dict[str, Any]:
    """A binding for dots: the signed colour of each unit's value, whatever the beat."""
    scale = {"scale": list(palette.signed), "over": palette.background}
    return {"array": array, "select": "units", "as": "colour"} | scale


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


def _product_dots(of: Product, axes: dict[str, str], palette: Palette) -> go.Scatter:
    follow = {
        "x": {"array": of.signed, "select": "units"},
        "y": {"array": of.factor, "select": "units"},
        "text": {"label": "units"},
        "customdata": {"array": of.made, "select": "units", "as": "text_column"},
        "marker.color": signed_colours(of.made, palette),
    }
    return go.Scatter(
        mode="markers",
        marker={"size": 11, "line": {"width": 1, "color": palette.muted}},
        cliponaxis=False,
        hovertemplate="unit %{text}: %{x} × %{y} = <b>%{customdata[0]}</b><extra></extra>",
        xhoverformat=NUMBER,
        yhoverformat=NUMBER,
        meta={"part": of.made, "follow": follow},
        **axes,
    )


def _followed_product(of: Product, axes: dict[str, str], palette: Palette) -> go.Scatter:
    """The followed unit, ringed; its product, written in the corner that no dot reaches."""
    taken = {name: {"array": name, "select": "unit"} for name in (of.signed, of.factor)}
    balance = {
        "array": of.made,
        "select": "unit",
        "as": "text",
        "style": "signed",
        "equals": [of.signed, "×", of.factor],
    }
    text = {"sentence": [number(of.signed), " × ", number(of.factor, "plain"), " ", balance]}
    corner = [{"beat": [value] * len(BEATS)} for value in PRODUCT_CORNER]
    blank = {"beat": [BLANK] * len(BEATS)}
    follow = {
        "x": {"all": [taken[of.signed], corner[0]]},
        "y": {"all": [taken[of.factor], corner[1]]},
        "text": {"all": [blank, text]},
    }
    return followed_marker(of.made, follow, [17, 0], "markers+text", axes, palette)


def followed_marker(
    part: str, follow: dict[str, Any], sizes: list[int], mode: str, axes: dict[str, str], palette: Palette
) -> go.Scatter:
    """A ring round the followed unit, and its numbers to the right of where they begin."""
    return go.Scatter(
        mode=mode,
        line={"color": palette.muted, "width": 1, "dash": "dot"},
        marker={
            "size": sizes,
            "color": "rgba(0,0,0,0)",
            "line": {"color": palette.foreground, "width": 2.2},
            "opacity": 1,
        },
        textposition="middle right",
        textfont={"color": palette.foreground, "size": 13},
        cliponaxis=False,
        hoverinfo="skip",
        meta={"part": part, "follow": follow},
        **axes,
    )
