"""A gate opened: first every product and sum of the followed unit, then the weights behind them.

Which gate is shown follows the moment ("@gate" in a rule). Both charts need "maps" and the pre-activations.
"""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

from lstm_viz.figures.alts import STEP, UNIT, sentence
from lstm_viz.figures.headings import heading
from lstm_viz.figures.moments import Moment
from lstm_viz.figures.palette import FONT, LIGHT, Palette
from lstm_viz.figures.reeling import MAPS
from lstm_viz.figures.reels import PREACTIVATION, Reel
from lstm_viz.figures.rules import settle

NEEDS = (MAPS, *(PREACTIVATION + gate for gate in ("forget_gate", "input_gate", "candidate", "output_gate")))
COURSE_NEEDS = (*NEEDS, f"{PREACTIVATION}readout")
MOST, ROW, TITLE, NAMES = 20, 19, 26, 84
GATE = "@gate"
SUM = {"share": GATE, "give": "total", "most": MOST}
NAME = {"words": "gate"}
VALUE = {"array": GATE, "take": "unit", "as": "text"}


def gate_vectors(reel: Reel, moment: Moment, *, palette: Palette = LIGHT, narrow: bool = False) -> go.Figure:
    """The followed unit's arithmetic: each weight times what it reads, their sum, and what it is squashed to."""
    follow: dict[str, Any] = {
        "x": {"share": GATE, "give": "values", "most": MOST},
        "y": {"share": GATE, "give": "places", "most": MOST},
        "text": {"share": GATE, "give": "texts" if narrow else "products", "most": MOST},
        "customdata": {"share": GATE, "give": "names", "most": MOST},
        "marker.color": {"share": GATE, "give": "colours", "scale": list(palette.signed), "most": MOST},
    }
    bars = go.Bar(
        orientation="h",
        textposition="outside",
        textfont={"color": palette.ink, "size": 12},
        cliponaxis=False,
        hovertemplate="%{customdata}: <b>%{x:.4f}</b><extra></extra>",
        meta={"part": "names", "follow": follow},
    )
    return settle(go.Figure(bars, _vectors_layout(palette)), reel, moment)


def _vectors_layout(palette: Palette) -> go.Layout:
    title = sentence("<b>The ", NAME, " of ", UNIT, "</b> at step ", STEP, ": sum ", SUM, ", squashed to ", VALUE)
    follow = {
        "xaxis.range": {"share": GATE, "give": "room", "most": MOST},
        "yaxis.tickvals": {"share": GATE, "give": "places", "most": MOST},
        "yaxis.ticktext": {"share": GATE, "give": "names", "most": MOST},
        "annotations[0].text": title,
    }
    axis = {"fixedrange": True, "showgrid": False, "ticks": ""}
    spoken = {"share": GATE, "give": "spoken", "most": MOST}
    return go.Layout(
        height=MOST * ROW + TITLE + 6,
        margin={"l": NAMES, "r": 6, "t": TITLE, "b": 6},
        xaxis=axis | {"showticklabels": False, "zeroline": True, "zerolinecolor": palette.line},
        yaxis=axis | {"range": [MOST - 0.5, -0.5], "zeroline": False, "tickfont": {"color": palette.ink, "size": 12}},
        annotations=[heading(palette, NAMES) | {"font": {"color": palette.ink, "size": 14}}],
        bargap=0.25,
        showlegend=False,
        font={"color": palette.muted, "family": FONT},
        paper_bgcolor=palette.ground,
        plot_bgcolor=palette.ground,
        uirevision="vectors",
        meta={
            "follow": follow,
            "alt": sentence("The ", NAME, " of ", UNIT, " at step ", STEP, ": ", spoken, ". Together ", SUM, "."),
        },
    )


def gate_matrix(reel: Reel, moment: Moment, *, palette: Palette = LIGHT, narrow: bool = False) -> go.Figure:
    """The gate's weights, a row a unit; over them what they read, at the right the sums and what comes of them."""
    few = max(len(of.names) for of in reel.maps[0].values()) <= 24 and not narrow
    columns: dict[str, Any] = {"x": {"map": GATE, "give": "places"}}
    rows: dict[str, Any] = {"y": {"words": "rows"}}
    values = _heat({**columns, "z": {"map": GATE, "give": "row"}}, palette, 1.0, few, "x", "y2")
    weights = _heat(
        {
            **columns,
            **rows,
            "z": {"map": GATE, "give": "weights"},
            "zmin": {"map": GATE, "give": "size", "times": -1},
            "zmax": {"map": GATE, "give": "size", "times": 1},
        },
        palette,
        None,
        few,
        "x",
        "y",
    )
    sums = _heat(
        {**rows, "z": {"array": PREACTIVATION + GATE, "take": "units", "as": "column"}}, palette, 4.0, True, "x2", "y"
    )
    made = _heat({**rows, "z": {"array": GATE, "take": "units", "as": "column"}}, palette, 1.0, True, "x3", "y")
    figure = go.Figure([values, weights, sums, made], _matrix_layout(reel, moment, palette, narrow))
    return settle(figure, reel, moment)


def _heat(
    follow: dict[str, Any], palette: Palette, limit: float | None, written: bool, across: str, up: str
) -> go.Heatmap:
    scale = [[stop / 4, colour] for stop, colour in enumerate(palette.signed)]
    bounds = {} if limit is None else {"zmin": -limit, "zmax": limit}
    return go.Heatmap(
        xaxis=across,
        yaxis=up,
        xgap=1,
        ygap=1,
        showscale=False,
        colorscale=scale,
        texttemplate="%{z:.1f}" if written else None,
        textfont={"size": 11},
        hovertemplate="<b>%{z:.4f}</b><extra></extra>",
        meta={"part": "names", "follow": follow},
        **bounds,
    )


def _matrix_layout(reel: Reel, moment: Moment, palette: Palette, narrow: bool) -> go.Layout:
    rows = len(reel.shown(moment.layer, moment.unit))
    height = max(rows, 4) * 24 + 96
    main, left = (0.7, 0.0) if narrow else (0.82, 0.0)
    axis = {"fixedrange": True, "showgrid": False, "zeroline": False, "ticks": "", "showticklabels": False}
    names = {"side": "top", "showticklabels": True, "tickangle": -60 if narrow else -35, "tickfont": {"size": 11}}
    step = (1 - main - 0.03) / 2
    follow = {
        "xaxis.tickvals": {"map": GATE, "give": "places"},
        "xaxis.ticktext": {"map": GATE, "give": "names"},
        "yaxis.range": {"words": "row range"},
        "yaxis.tickvals": {"words": "rows"},
        "yaxis.ticktext": {"words": "units"},
        "annotations[0].text": sentence("<b>The weights of the ", NAME, "</b>, and what they read at step ", STEP),
        "shapes": {"marks": [{"over": "unit", "x": "x", "y": "y"}], "ink": palette.ink},
    }
    top = 1 - 34 / (height - 90)
    spoken = sentence(
        "The weights of the ", NAME, ", a row a unit. ", UNIT, " sums to ", SUM, ", squashed to ", VALUE, "."
    )
    return go.Layout(
        height=height + 60,
        margin={"l": 34, "r": 6, "t": 96, "b": 8},
        xaxis=axis | names | {"domain": [left, main], "anchor": "y2"},
        xaxis2=axis | {"domain": [main + 0.03, main + 0.03 + step - 0.005], "anchor": "y"},
        xaxis3=axis | {"domain": [main + 0.03 + step, 1], "anchor": "y"},
        yaxis=axis | {"domain": [0, top - 0.03], "showticklabels": True, "tickfont": {"size": 11}},
        yaxis2=axis | {"domain": [top, 1]},
        annotations=[
            heading(palette, 34) | {"font": {"color": palette.ink, "size": 14}, "yshift": 68},
            _over(main + 0.03 + step / 2, top, "sum", palette),
            _over(1 - step / 2, top, "squashed", palette),
        ],
        font={"color": palette.muted, "family": FONT},
        paper_bgcolor=palette.ground,
        plot_bgcolor=palette.ground,
        uirevision="matrix",
        meta={"follow": follow, "alt": spoken},
    )


def _over(x: float, y: float, text: str, palette: Palette) -> dict[str, Any]:
    place = {"xref": "paper", "yref": "paper", "x": x, "y": y, "xanchor": "center", "yanchor": "bottom"}
    return place | {"text": text, "showarrow": False, "font": {"size": 12, "color": palette.muted}}
