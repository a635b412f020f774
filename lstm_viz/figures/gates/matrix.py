"""A gate in detail: every product and sum of the followed unit, and the weight matrix behind them.

Which gate is shown follows the moment ("@gate" in a binding). Both charts need "maps" and the pre-activations.
"""

from __future__ import annotations

import math
from typing import Any

import plotly.graph_objects as go

from lstm_viz.figures.alt_text import STEP, UNIT, sentence
from lstm_viz.figures.bindings.evaluate import apply_bindings
from lstm_viz.figures.layout import NUMBER, SMALL_NUMBER, heading
from lstm_viz.figures.moment import BEATS, INSPECTABLE_GATES, Moment
from lstm_viz.figures.palette import FONT, GATE_HUES, LIGHT, UNDER_TEXT, Palette, plotly_colorscale
from lstm_viz.figures.viewport import PREACTIVATION, Viewport
from lstm_viz.figures.viewport_builder import MAPS

NEEDS = (MAPS, *(PREACTIVATION + gate for gate in ("forget_gate", "input_gate", "candidate", "output_gate")))
COURSE_NEEDS = (*NEEDS, f"{PREACTIVATION}readout")
MAX_ROWS, ROW, TITLE = 20, 19, 44
#: Margin for names and factors, on a wide screen and on a phone.
NAMES, NARROW_NAMES = 186, 164
GATE = "@gate"
SUM = {"contribution": GATE, "give": "total", "max_rows": MAX_ROWS}
NAME = {"label": "gate"}
VALUE = {"array": GATE, "select": "unit", "as": "text"}
#: Each gate's hue.
HUES = tuple(GATE_HUES[gate] for gate in INSPECTABLE_GATES)
#: A row of the matrix, room for its title and its units' numbers, a letter of a slanted name.
CELL, MATRIX_TITLE, MATRIX_NAMES, LETTER = 24, 20, 34, 6.2
#: What a cell of each of the matrix' parts is called.
HOVER = {"read": "%{x}", "weights": "unit %{y}, %{x}", "sums": "unit %{y}, sum", "made": "unit %{y}"}
#: Sources beyond which there is no room for numbers, nor for slanted names.
MAX_LABELLED = 20
#: A sum from here on has the fullest colour: the sigmoid of it is 0.98.
SATURATED = 4.0
#: Whether each gate is signed, as tanh is.
SIGNED = tuple(gate in ("candidate", "readout") for gate in INSPECTABLE_GATES)


def _function_names(viewport: Viewport) -> dict[str, list[str]]:
    """A binding for the name of the function that squashes a gate's sum."""
    functions = viewport.layers[0].activations
    return {"gate": [functions.of(gate).words for gate in INSPECTABLE_GATES]}


def gate_vectors(viewport: Viewport, moment: Moment, *, palette: Palette = LIGHT, narrow: bool = False) -> go.Figure:
    """The followed unit's arithmetic: each weight times what it reads, their sum, and what it is squashed to."""
    shares = _bars(
        {
            "x": _contribution("values"),
            "y": _contribution("rows"),
            "text": _contribution("texts"),
            "customdata": _contribution("names"),
            "marker.color": _contribution("colours", scale=list(palette.signed)),
        },
        palette,
    )
    total = _bars({"x": _contribution("sum"), "y": _contribution("sum_row"), "text": {"all": [SUM]}}, palette)
    total.marker.color = palette.muted
    sources = max(len(of.names) + (of.rest is not None) for of in viewport.maps[moment.layer].values())
    names = NARROW_NAMES if narrow else NAMES
    layout = _vectors_layout(min(sources, MAX_ROWS), names, _function_names(viewport), palette)
    return apply_bindings(go.Figure([shares, total], layout), viewport, moment)


def _contribution(give: str, **more: Any) -> dict[str, Any]:
    return {"contribution": GATE, "give": give, "max_rows": MAX_ROWS, **more}


def _bars(follow: dict[str, Any], palette: Palette) -> go.Bar:
    named = "%{customdata}: <b>%{x}</b>" if "customdata" in follow else "sum: <b>%{x}</b>"
    return go.Bar(
        orientation="h",
        textposition="outside",
        textfont={"color": palette.foreground, "size": 12},
        constraintext="none",
        cliponaxis=False,
        hovertemplate=f"{named}<extra></extra>",
        xhoverformat=NUMBER,
        meta={"part": "names", "follow": follow},
    )


def _vectors_layout(sources: int, names: int, functions: dict[str, list[str]], palette: Palette) -> go.Layout:
    squashed = sentence("sum ", SUM, ", and the ", functions, " of it is ", VALUE)
    foot = {"beat": ["<b>sum</b>"] * len(BEATS)}
    follow = {
        "xaxis.range": _contribution("range_with_sum"),
        "yaxis.tickvals": {"all": [_contribution("rows"), _contribution("sum_row")]},
        "yaxis.ticktext": {"all": [_contribution("factors"), foot]},
        "annotations[0].text": sentence("<b>The ", NAME, " of ", UNIT, "</b> at step ", STEP, "<br>", squashed),
        "annotations[0].font.color": {"gate": [getattr(palette, hue) for hue in HUES]},
    }
    quiet = {"fixedrange": True, "ticks": "", "zeroline": False}
    across = quiet | {"showgrid": False, "showticklabels": False, "zeroline": True, "zerolinecolor": palette.line}
    upward = quiet | {"gridcolor": palette.surface, "tickfont": {"color": palette.foreground, "size": 12}}
    spoken = sentence(
        "The ", NAME, " of ", UNIT, " at step ", STEP, ": ", _contribution("sentence"), ". Together ", SUM
    )
    return go.Layout(
        height=(sources + 1) * ROW + TITLE + 6,
        margin={"l": names, "r": 6, "t": TITLE, "b": 6},
        xaxis=across,
        yaxis=upward | {"range": [sources + 0.5, -0.5]},
        annotations=[heading(palette, names) | {"font": {"size": 14}, "align": "left"}],
        bargap=0.25,
        barmode="overlay",
        showlegend=False,
        font={"color": palette.muted, "family": FONT},
        hoverlabel={"font": {"size": 13}},
        paper_bgcolor=palette.background,
        plot_bgcolor=palette.background,
        uirevision="vectors",
        meta={"follow": follow, "alt": sentence(spoken, ", and the ", functions, " of it is ", VALUE, ".")},
    )


def gate_matrix(viewport: Viewport, moment: Moment, *, palette: Palette = LIGHT, narrow: bool = False) -> go.Figure:
    """The gate's weights, a row a unit; over them what they read, at the right the sums and what comes of them."""
    few = _max_sources(viewport, moment) <= MAX_LABELLED and not narrow
    columns: dict[str, Any] = {"x": {"gate_map": GATE, "give": "columns"}}
    rows: dict[str, Any] = {"y": {"label": "rows"}}
    size = {"gate_map": GATE, "give": "size"}
    bounds = {"zmin": size | {"times": -1}, "zmax": size | {"times": 1}}
    weights = columns | rows | {"z": {"gate_map": GATE, "give": "weights"}} | bounds
    read = columns | {"z": {"gate_map": GATE, "give": "row"}}
    if few:
        weights |= {"text": {"gate_map": GATE, "give": "texts"}}
        read |= {"text": {"gate_map": GATE, "give": "row_texts"}}
    sums = rows | _column(PREACTIVATION + GATE)
    scales = [
        plotly_colorscale(palette.signed if both else palette.gate(hue)) for hue, both in zip(HUES, SIGNED, strict=True)
    ]
    made = rows | _column(GATE) | {"colorscale": {"gate": scales}}
    made |= {"zmin": {"gate": [-1.0 if both else 0.0 for both in SIGNED]}}
    heats = [
        _heat("read", read, palette, "x", "y2", limit=1.0),
        _heat("weights", weights, palette, "x", "y"),
        _heat("sums", sums, palette, "x2", "y", limit=SATURATED),
        _heat("made", made, palette, "x3", "y", limit=1.0),
    ]
    return apply_bindings(go.Figure(heats, _matrix_layout(viewport, moment, palette, narrow)), viewport, moment)


def _column(array: str) -> dict[str, Any]:
    """An array's numbers of all rows as one column, and as texts."""
    values = {"array": array, "select": "units"}
    return {"z": values | {"as": "column"}, "text": values | {"as": "text_column"}}


def _max_sources(viewport: Viewport, moment: Moment) -> int:
    return max(len(of.names) for of in viewport.maps[moment.layer].values())


def _heat(
    part: str,
    follow: dict[str, Any],
    palette: Palette,
    across: str,
    up: str,
    limit: float | None = None,
) -> go.Heatmap:
    """A heat map with its numbers on it, where `follow` has texts; its colours are as pale as that takes."""
    bounds = {} if limit is None else {"zmin": -limit, "zmax": limit}
    return go.Heatmap(
        xaxis=across,
        yaxis=up,
        xgap=1,
        ygap=1,
        showscale=False,
        colorscale=plotly_colorscale(palette.signed),
        opacity=UNDER_TEXT if "text" in follow else 1,
        texttemplate="%{text}" if "text" in follow else None,
        textfont={"size": 11, "color": palette.foreground},
        hovertemplate=f"{HOVER[part]}: <b>%{{z}}</b><extra></extra>",
        zhoverformat=SMALL_NUMBER,
        meta={"part": part, "follow": follow},
        **bounds,
    )


def _matrix_layout(viewport: Viewport, moment: Moment, palette: Palette, narrow: bool) -> go.Layout:
    rows = len(viewport.shown_rows(moment.layer, moment.unit))
    body = (max(rows, 4) + 2.2) * CELL
    sources = _max_sources(viewport, moment)
    slant = 90 if sources > MAX_LABELLED else 60 if narrow else 35
    longest = max(len(name) for of in viewport.maps[moment.layer].values() for name in of.names)
    above = round(LETTER * longest * math.sin(math.radians(slant))) + 14 + MATRIX_TITLE
    main, gap = (0.7, 0.03) if narrow else (0.82, 0.03)
    step = (1 - main - gap) / 2
    top = 1 - 1.2 * CELL / body
    some = any(of.rest is not None for of in viewport.maps[moment.layer].values())
    among = f"; the {sources} sources that weigh most" if some else ""
    axis = {"fixedrange": True, "showgrid": False, "zeroline": False, "ticks": "", "showticklabels": False}
    written = {"showticklabels": True, "tickfont": {"size": 11}, "ticklabelstandoff": 3}
    follow = {
        "xaxis.tickvals": {"gate_map": GATE, "give": "columns"},
        "xaxis.ticktext": {"gate_map": GATE, "give": "names"},
        "yaxis.range": {"label": "row range"},
        "yaxis.tickvals": {"label": "rows"},
        "yaxis.ticktext": {"label": "units"},
        "annotations[0].text": sentence(
            "<b>The weights of the ", NAME, "</b>, a row a unit; read at step ", STEP, among
        ),
        "annotations[0].font.color": {"gate": [getattr(palette, hue) for hue in HUES]},
        "annotations[2].text": _function_names(viewport),
        "shapes": {"marks": [{"over": "unit", "x": "x", "y": "y"}], "colour": palette.foreground},
    }
    title = heading(palette, MATRIX_NAMES) | {"font": {"size": 14}, "yshift": above - MATRIX_TITLE}
    spoken = sentence(
        "The weights of the ", NAME, ", a row a unit. ", UNIT, " sums to ", SUM, ", squashed to ", VALUE, "."
    )
    return go.Layout(
        height=body + above + 8,
        margin={"l": MATRIX_NAMES, "r": 6, "t": above, "b": 8},
        xaxis=axis
        | (written if sources <= MAX_LABELLED or not narrow else {})
        | {"side": "top", "tickangle": -slant, "domain": [0, main], "anchor": "y2"},
        xaxis2=axis | {"domain": [main + gap, main + gap + step - 0.005], "anchor": "y"},
        xaxis3=axis | {"domain": [main + gap + step, 1], "anchor": "y"},
        yaxis=axis | written | {"domain": [0, top - 0.2 * CELL / body]},
        yaxis2=axis | written | {"domain": [top, 1], "tickvals": [0], "ticktext": ["read"]},
        annotations=[
            title,
            _over(main + gap + step / 2, top, "sum", palette),
            _over(1 - step / 2, top, " ", palette),
        ],
        font={"color": palette.muted, "family": FONT},
        hoverlabel={"font": {"size": 13}},
        paper_bgcolor=palette.background,
        plot_bgcolor=palette.background,
        uirevision="matrix",
        meta={"panels": ["units"], "follow": follow, "alt": spoken},
    )


def _over(x: float, y: float, text: str, palette: Palette) -> dict[str, Any]:
    position = {"xref": "paper", "yref": "paper", "x": x, "y": y, "xanchor": "center", "yanchor": "bottom"}
    return position | {"text": text, "showarrow": False, "font": {"size": 12, "color": palette.muted}}
